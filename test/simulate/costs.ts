import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One measured cost. */
interface Measured {
  readonly amount: number
  readonly unit: string
  /** Where the figure comes from. */
  readonly source: string
  /** What other programs of the machine do to it. */
  readonly load:
    | 'none'
    | 'little: processor time'
    | 'much: it was measured by the clock on a busy machine'
  /** The row of the bench that replaces it, and which of its columns. */
  readonly row?: string
  readonly column?: 'amount' | 'cpu'
  /** What the figure of the bench is multiplied by. */
  readonly times?: number
}

/** The names of costs.json. */
const NAMES = [
  ...['verify', 'issue', 'poll', 'closed', 'small', 'commits', 'audit', 'polled', 'host'],
  ...['lease', 'connection', 'base', 'wire'],
] as const

type CostName = (typeof NAMES)[number]
export type Costs = Readonly<Record<CostName, number>>

/** A row of `npm run bench -- -format=json`. */
export interface BenchRow {
  readonly name: string
  readonly amount: number
  readonly cpu?: number
}

export const MEASURED = JSON.parse(
  readFileSync(join(import.meta.dirname, 'costs.json'), 'utf8'),
) as Readonly<Record<CostName, Measured>>

/** The costs; those that rows of the bench tell are taken from there. The first row of a name counts. */
export function costsFrom(rows: readonly BenchRow[] = []): Costs {
  return Object.fromEntries(NAMES.map(name => [name, costOf(MEASURED[name], rows)])) as Costs
}

function costOf(measured: Measured, rows: readonly BenchRow[]): number {
  const { amount, row, column = 'amount', times = 1 } = measured
  const found = rows.find(({ name }) => name.trim() === row)?.[column]
  return found === undefined ? amount : found * times
}
