/** Whether a text has control characters, or others that nobody sees, which hide what else it says. */
export const isControlled = (text: string): boolean => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)

/** Characters of somebody else's text that an error repeats. */
const MOST_SHOWN = 256

/** A text of somebody else's in an error: in quotes, and not without end. */
export const shown = (text: string): string =>
  JSON.stringify(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text)
