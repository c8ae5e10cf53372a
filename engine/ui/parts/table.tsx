import type { ComponentChildren } from '../preact.ts'

interface Column<Row> {
  /** Empty for a column of buttons. */
  readonly title: string
  readonly show: (row: Row) => ComponentChildren
}

interface TableProps<Row> {
  /** What it lists, for screen readers. */
  readonly label: string
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  /** The first one names the row. */
  readonly columns: readonly Column<Row>[]
  readonly empty: string
}

/** A table; on a narrow screen each row is a block of its own. */
export function Table<Row>({ label, rows, keyOf, columns, empty }: TableProps<Row>) {
  if (rows.length === 0) return <p class="empty">{empty}</p>
  return (
    <table aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ title }) =>
            title === '' ? (
              <td key={title} />
            ) : (
              <th key={title} scope="col">
                {title}
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={keyOf(row)}>
            {columns.map(({ title, show }, index) =>
              index === 0 ? (
                <th key={title} scope="row">
                  {show(row)}
                </th>
              ) : (
                <td key={title} data-label={title === '' ? undefined : title}>
                  {show(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
