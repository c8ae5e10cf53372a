/** Whether a text has control characters or invisible ones, which may hide other text. */
export const isControlled = (text: string): boolean => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)

/** Characters of a client's text that an error repeats. */
const MOST_SHOWN = 256

/** A client's text in an error: quoted, and cut to {@link MOST_SHOWN}. */
export const shown = (text: string): string =>
  JSON.stringify(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text)
