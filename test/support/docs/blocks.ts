/** A block of commands, or of text that is shown, in a page of documentation. */
export interface Block {
  /** The heading that it stands under. */
  readonly under: string
  readonly text: string
}

interface Lines {
  readonly under: string
  readonly lines: string[]
}

const FENCE = /^ *```/

/** The blocks of a page in Markdown, indented or fenced, without their indentation. Indented blocks that only blank lines are between are one. */
export function blocksOf(page: string): readonly Block[] {
  const blocks: Lines[] = []
  let [under, inside, fenced] = ['', false, false]
  for (const line of page.split('\n')) {
    if (FENCE.test(line)) {
      ;[inside, fenced] = [false, !fenced]
      if (fenced) blocks.push({ under, lines: [] })
    } else if (fenced) blocks.at(-1)?.lines.push(line)
    else {
      if (/^#+ /.test(line)) under = line.replace(/^#+ /, '')
      inside = addIndented(blocks, { under, lines: [line] }, inside)
    }
  }
  return blocks.map(({ lines, ...block }) => ({ ...block, text: unindented(lines) }))
}

/** Adds a line to the last block or a new one, if it belongs to an indented one. @returns whether the next may go on from it */
function addIndented(blocks: Lines[], next: Lines, inside: boolean): boolean {
  const [line = ''] = next.lines
  const code = /^ {4,}\S/.test(line)
  if (code && !inside) blocks.push(next)
  else if (code) blocks.at(-1)?.lines.push(line)
  else if (line === '' && inside) blocks.at(-1)?.lines.push('')
  return code || (line === '' && inside)
}

function unindented(lines: readonly string[]): string {
  const indent = Math.min(...lines.filter(Boolean).map(line => line.search(/\S/)))
  return `${lines
    .map(line => line.slice(indent))
    .join('\n')
    .trim()}\n`
}
