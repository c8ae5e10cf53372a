/** A block of commands, or of text that is shown, in a page of documentation. */
export interface Block {
  /** The heading that it stands under. */
  readonly under: string
  readonly text: string
}

/** The indented blocks of a page in Markdown, without their indentation. Blocks that only blank lines are between are one. */
export function blocksOf(page: string): readonly Block[] {
  const blocks: { under: string; lines: string[] }[] = []
  let [under, inside] = ['', false]
  for (const line of page.split('\n')) {
    if (/^#+ /.test(line)) under = line.replace(/^#+ /, '')
    const code = /^ {4,}\S/.test(line)
    if (code && inside) blocks.at(-1)?.lines.push(line)
    else if (code) blocks.push({ under, lines: [line] })
    else if (line === '' && inside) blocks.at(-1)?.lines.push('')
    inside = code || (line === '' && inside)
  }
  return blocks.map(({ lines, ...block }) => ({ ...block, text: unindented(lines) }))
}

function unindented(lines: readonly string[]): string {
  const indent = Math.min(...lines.filter(Boolean).map(line => line.search(/\S/)))
  return `${lines
    .map(line => line.slice(indent))
    .join('\n')
    .trim()}\n`
}
