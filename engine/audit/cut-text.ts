/** A text of no more than `longest` characters, and behind it how many there were, if that is less than all. */
export const cutText = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest)}…(${text.length})`
