/** Whether each "{{" of a text has its "}}", and neither stands anywhere else: only then can a template be filled in. */
export function isBalanced(text: string): boolean {
  const [head = '', ...pieces] = text.split('{{')
  return !head.includes('}}') && pieces.every(piece => piece.split('}}').length === 2)
}
