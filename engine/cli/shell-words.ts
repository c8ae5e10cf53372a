/** Words as a line for a POSIX shell, quoted where that is needed. */
export const shellWords = (words: readonly string[]): string => words.map(quoted).join(' ')

const quoted = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
