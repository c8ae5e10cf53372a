import { goFlag } from '../../shared/go-flags.ts'
import { Invalid } from '../../shared/invalid.ts'
import { nearest } from '../../shared/nearest.ts'
import { ASSUMPTIONS, type Assumptions, DEFAULTS } from './assumptions.ts'

/** What `npm run simulate` is asked for. */
export interface SimulateFlags {
  readonly assumed: Assumptions
  readonly format: 'table' | 'json'
  /** File with the rows of the bench, as JSON. */
  readonly costs: string | undefined
  readonly help: boolean
}

export const HELP = `npm run simulate -- [-NAME=NUMBER]... [-costs=FILE] [-format=table|json]

Computes what a fleet needs of engines and their database, what breaks first, and how long a storm after an outage lasts. docs/scale.md

    npm run simulate -- -hosts=20000 -logins=20 -nodes=2
    npm run bench -- server pairs fleet storm -format=json > costs.json
    npm run simulate -- -costs=costs.json -format=json

${Object.entries(ASSUMPTIONS)
  .map(([name, { default: value, meaning }]) => `  ${`-${name}=${value}`.padEnd(20)} ${meaning}`)
  .join('\n')}
  -costs=FILE          what the bench has measured on your machine, in place of test/simulate/costs.json
`

const POSITIVE = ['hosts', 'nodes', 'regions', 'memory', 'network', 'disk', 'full']

/** @throws {Invalid} that names the flag */
export function readFlags(words: readonly string[]): SimulateFlags {
  const assumed: Record<string, number> = { ...DEFAULTS }
  let flags: Omit<SimulateFlags, 'assumed'> = { format: 'table', costs: undefined, help: false }
  for (let at = 0; at < words.length; ) {
    const flag = goFlag(words.slice(at), name => name === 'help' || name === 'h')
    if (!flag) throw new Invalid(`${words[at]} is no flag: npm run simulate -- -help`)
    at += flag.size
    const { name, value = '' } = flag
    if (name === 'help' || name === 'h') flags = { ...flags, help: true }
    else if (name === 'costs') flags = { ...flags, costs: value }
    else if (name === 'format') flags = { ...flags, format: formatOf(value) }
    else assumed[name] = numberOf(name, value)
  }
  return { ...flags, assumed: assumed as Assumptions }
}

function formatOf(value: string): 'table' | 'json' {
  if (value !== 'table' && value !== 'json')
    throw new Invalid(`-format must be table or json, not ${JSON.stringify(value)}`)
  return value
}

function numberOf(name: string, value: string): number {
  if (!Object.hasOwn(ASSUMPTIONS, name)) throw new Invalid(unknown(name))
  const number = Number(value)
  const least = POSITIVE.includes(name) ? 1 : 0
  if (value === '' || !Number.isFinite(number) || number < least)
    throw new Invalid(
      `-${name} must be a number of at least ${least}, not ${JSON.stringify(value)}`,
    )
  return number
}

function unknown(name: string): string {
  const meant = nearest(name, Object.keys(ASSUMPTIONS))
  return `there is no flag -${name}${meant ? `; did you mean -${meant}?` : ': npm run simulate -- -help'}`
}
