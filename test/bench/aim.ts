import type { Row } from './table.ts'

/** `>= 0.6`, `<= 50 MiB`, `<= 1.06 x that`, `<= bao status`. */
const AIM = /^(?<order>[<>]=) (?:(?<limit>[\d.]+)(?: (?<unit>MiB|ms))?|\D)/

/**
 * Whether a row reaches what is aimed at: by its amount if the aim has a unit, and otherwise by its ratio. An aim without a number compares
 * with the reference itself. `undefined` for a row without an aim.
 *
 * @throws {Error} if the aim is not written in one of these ways
 */
export function isReached({ name, aim, amount, ratio }: Row): boolean | undefined {
  if (aim === undefined) return undefined
  const { order, limit = '1', unit } = AIM.exec(aim)?.groups ?? {}
  if (order === undefined) throw new Error(`${name}: ${aim} is no aim`)
  // as precise as it is shown, or a table would contradict itself
  const measured = unit === undefined ? Number(ratio.toFixed(2)) : Number(amount.toFixed(1))
  return order === '>=' ? measured >= Number(limit) : measured <= Number(limit)
}
