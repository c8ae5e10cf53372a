/** One thing that was measured. */
export interface Row {
  readonly name: string
  readonly amount: number
  readonly unit: string
  /** To the reference of the same run. */
  readonly ratio: number
  /** What the ratio, or the amount, should be. */
  readonly aim: string | undefined
  /** Microseconds of processor time for one request, and how many times the reference's that is. */
  readonly cpu?: number | undefined
  readonly cpuRatio?: number | undefined
  /** How much of its core the server used. Below 1 it was the load that was slow, and the ratio of processor times tells more. */
  readonly busy?: number | undefined
  /** Milliseconds from question to answer: half of them were as fast, and 99 of 100. */
  readonly p50?: number | undefined
  readonly p99?: number | undefined
}

const HEADINGS = ['', 'amount', 'ratio', 'aim', 'us CPU', 'ratio', 'busy', 'p50 ms', 'p99 ms']

/** Rows for people. */
export function table(rows: readonly Row[]): string {
  const cells = [
    HEADINGS,
    ...rows.map(({ name, amount, unit, ratio, aim = '', cpu, cpuRatio, busy, p50, p99 }) => [
      name,
      `${amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${unit}`,
      ratio.toFixed(2),
      aim,
      cpu?.toFixed(1) ?? '',
      cpuRatio?.toFixed(2) ?? '',
      busy === undefined ? '' : `${Math.round(busy * 100)} %`,
      p50?.toFixed(1) ?? '',
      p99?.toFixed(1) ?? '',
    ]),
  ]
  const widths = HEADINGS.map((_, column) =>
    Math.max(...cells.map(line => line[column]?.length ?? 0)),
  )
  return cells
    .map(line =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
