import { visible } from '../../shared/visible.ts'

/** A table with an underlined header, as in Vault. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const underlines = headers.map(header => '-'.repeat(header.length))
  return columns([headers, underlines, ...rows], '    ')
}

/** The same where it fits into `width` characters, else each row in lines of its own: no cell is cut off, so all can be copied. */
export function fittedTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const whole = table(headers, rows)
  if (whole.split('\n').every(row => widthOf(row) <= width)) return whole
  const records = rows.map(row => headers.map((header, at) => [header, row[at] ?? '']))
  return records.map(record => columns(record, '    ')).join('\n\n')
}

/** Aligned columns with `glue` between them. Empty cells are printed as `n/a`. */
export function columns(rows: readonly (readonly string[])[], glue: string): string {
  const cells = rows.map(row => row.map(cell => visible(cell.trim()) || 'n/a'))
  const widths: number[] = []
  for (const row of cells)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell))
  return cells.map(row => line(row, widths, glue)).join('\n')
}

const line = (row: readonly string[], widths: readonly number[], glue: string) =>
  row
    .map((cell, at) =>
      at === row.length - 1 ? cell : cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)),
    )
    .join(glue)

const widthOf = (text: string) => [...text].length
