/** Options of ssh(1) that stand alone. */
const ALONE = '1246aACfgGkKMnNqstTvVxXyY'
/** Options of ssh(1) that take a value. */
const VALUED = 'BbcDEeFIiJLlmOoPpQRSWw'

export interface SshFlag {
  readonly letter: string
  readonly value: string
}

interface SshWord {
  readonly flags: readonly SshFlag[]
  /** The last one takes the next word for its value. */
  readonly wantsNext: boolean
}

/** The options in one word, as in `-vp2222`; the last may take its value from the next word. Letters that ssh does not know stand alone. */
export function sshFlags(word: string, next: string | undefined): SshWord {
  const flags: SshFlag[] = []
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? ''
    if (!VALUED.includes(letter)) {
      flags.push({ letter, value: '' })
      continue
    }
    const attached = word.slice(at + 1)
    flags.push({ letter, value: attached || (next ?? '') })
    return { flags, wantsNext: attached === '' }
  }
  return { flags, wantsNext: false }
}

/** How many of the next words are an option of ssh and its value; 0 where the first is none. */
export function sshWords([word = '', next]: readonly string[]): number {
  if (!/^-[^-]/.test(word)) return 0
  const { flags, wantsNext } = sshFlags(word, next)
  const known = flags.every(({ letter }) => ALONE.includes(letter) || VALUED.includes(letter))
  return known ? 1 + Number(wantsNext && next !== undefined) : 0
}
