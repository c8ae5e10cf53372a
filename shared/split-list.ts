/** The trimmed items of a text with commas, empty ones left out. */
export function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}
