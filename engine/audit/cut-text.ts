/** The text, cut to `longest` characters; a cut text is followed by its full length. */
export const cutText = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest)}…(${text.length})`
