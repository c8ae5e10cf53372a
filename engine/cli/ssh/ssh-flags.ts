/** Options of ssh(1) without a value. */
const ALONE = '1246aACfgGkKMnNqstTvVxXyY'
/** Options of ssh(1) with a value. */
const VALUED = 'BbcDEeFIiJLlmOoPpQRSWw'

export interface SshFlag {
  readonly letter: string
  readonly value: string
}

interface SshWord {
  readonly flags: readonly SshFlag[]
  /** The value of the last one is the next word. */
  readonly wantsNext: boolean
}

/** The options in one word, as in `-vp2222`; the value of the last may be the next word. Unknown letters are taken as options without a value. */
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

/**
 * The number of words of the option that `words` begin with, 0 if they begin with none. `-ttl=1m` is a flag of another command, not two
 * terminals for the user `=1m`.
 */
export function sshWords([word = '', next]: readonly string[]): number {
  if (!/^-[^-]/.test(word)) return 0
  const { flags, wantsNext } = sshFlags(word, next)
  const known = flags.every(({ letter }) => ALONE.includes(letter) || VALUED.includes(letter))
  const isAssigned = flags.length > 1 && flags.at(-1)?.value.startsWith('=') && !wantsNext
  return known && !isAssigned ? 1 + Number(wantsNext && next !== undefined) : 0
}
