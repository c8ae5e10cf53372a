import { visible } from '../../shared/visible.ts'

/** Rows in columns that line up, with what stands above them underlined, as Vault prints a table. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const underlines = headers.map(header => '-'.repeat(header.length))
  return columns([headers, underlines, ...rows], '    ')
}

/** Rows in columns, `glue` between them. What is empty is shown as `n/a`. */
export function columns(rows: readonly (readonly string[])[], glue: string): string {
  const cells = rows.map(row => row.map(cell => visible(cell.trim()) || 'n/a'))
  const widths: number[] = []
  for (const row of cells)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, width(cell))
  return cells.map(row => line(row, widths, glue)).join('\n')
}

const line = (row: readonly string[], widths: readonly number[], glue: string) =>
  row
    .map((cell, at) =>
      at === row.length - 1 ? cell : cell + ' '.repeat((widths[at] ?? 0) - width(cell)),
    )
    .join(glue)

const width = (text: string) => [...text].length
