/** Whether the "{{" and "}}" of a template are balanced and not nested. */
export function isBalanced(text: string): boolean {
  const [head = '', ...pieces] = text.split('{{')
  return !head.includes('}}') && pieces.every(piece => piece.split('}}').length === 2)
}
