/** Wraps a text at `width` characters; longer words are not split. */
export function wrapText(text: string, width: number): string {
  const result: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= width) {
      result.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...result, line].join('\n')
}
