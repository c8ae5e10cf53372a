import type { Report } from './report.ts'

/** The tables of a report, as Markdown, by the names under which docs/scale.md shows them. */
export const tablesOf = (report: Report): Readonly<Record<string, string>> => ({
  traffic: markdown(
    ['requests', 'mean /s', 'busiest hour /s', 'us CPU each', 'cores, busiest hour'],
    report.traffic.map(({ name, mean, peak, cpu }) => [
      name,
      ...[mean, peak, cpu, (peak * cpu) / 1e6].map(short),
    ]),
  ),
  resources: markdown(
    ['resource, the first to break at the top', 'needed', 'there is', 'in use', 'hosts until full'],
    report.resources.map(({ name, need, have, unit, used, hosts }) => [
      name,
      ...[`${short(need)} ${unit}`, `${short(have)} ${unit}`, percent(used), short(hosts)],
    ]),
  ),
  layouts: markdown(
    ['layout', 'nodes', 'database in use', 'hosts until the database is full'],
    report.layouts.map(({ name, nodes, databaseUsed, databaseHosts }) => [
      name,
      ...[short(nodes), percent(databaseUsed), short(databaseHosts)],
    ]),
  ),
  waits: markdown(
    ['node in use', 'mean wait, ms'],
    report.waits.map(({ utilisation, milliseconds }) => [
      percent(utilisation),
      short(milliseconds),
    ]),
  ),
  outages: markdown(
    ['outage, s', 'logins that waited', 'worked off after, s'],
    report.outages.map(({ seconds, backlog, drain }) => [seconds, backlog, drain].map(short)),
  ),
  storms: markdown(
    ['hosts', 'within, s', 'formula, s', 'simulated, s', 'p50, s', 'p99, s', 'failed attempts'],
    report.storms.map(({ hosts, spread, formula, simulated, p50, p99, failures }) =>
      [hosts, spread, formula, simulated, p50, p99, failures].map(short),
    ),
  ),
})

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return [head, rule, ...rows].map(line).join('\n')
}

/** Three digits, and thousands apart; what has no end is said so. */
function short(value: number): string {
  if (Number.isNaN(value)) return ''
  if (!Number.isFinite(value)) return 'never'
  if (Math.abs(value) >= 1000) return grouped(value)
  return String(Number(value.toPrecision(3)))
}

const grouped = (value: number) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ')

const percent = (part: number) => `${short(part * 100)} %`
