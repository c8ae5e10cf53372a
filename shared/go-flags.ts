/** A flag, and its value as it was typed. */
export interface GoFlag {
  /** Without its dashes. */
  readonly name: string
  /** `undefined` for a switch without `=`, and where the words end before the value. */
  readonly value: string | undefined
  /** How many words it takes up: the flag, and its value where that is the next word. */
  readonly size: 1 | 2
}

/**
 * Reads the flag that `words` begin with, as Go's flag package does: one dash or two, the value after `=` or in the next word, whatever
 * that looks like. A switch takes its value only after `=`. `undefined` where they begin with an argument, `-` or `--`.
 */
export function goFlag(
  [word = '', next]: readonly string[],
  isSwitch: (name: string) => boolean,
): GoFlag | undefined {
  const [, name, attached] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word) ?? []
  if (name === undefined) return undefined
  if (attached !== undefined || isSwitch(name)) return { name, value: attached, size: 1 }
  return { name, value: next, size: next === undefined ? 1 : 2 }
}
