/** The word for what the engine or a user has named; undefined where there is none, as for the names that every object has. */
export const wordFor = (
  words: Readonly<Record<string, string>>,
  name: string,
): string | undefined => (Object.hasOwn(words, name) ? words[name] : undefined)
