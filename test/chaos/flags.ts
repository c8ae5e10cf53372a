import { goFlag } from '../../shared/go-flags.ts'
import { Invalid } from '../../shared/invalid.ts'
import { STORAGES, type StorageName } from './site.ts'

/** What `npm run chaos` is asked for. */
export interface ChaosFlags {
  /** Disturbances in all, those of earlier runs included. */
  readonly kills: number
  readonly storages: readonly StorageName[]
  /** Sites of each storage at the same time. */
  readonly sites: number
  readonly seed: number
  readonly clients: number
  /** File with a line for each disturbance; `undefined` for that of this checkout, whose sum is in docs/proof.md. */
  readonly results: string | undefined
  /** Only writes docs/proof.md. */
  readonly write: boolean
  readonly help: boolean
}

export const HELP = `npm run chaos -- -kills=N [-storage=NAME,...] [-sites=N] [-clients=N] [-seed=N] [-results=FILE]

Disturbs engines and their storage under load, and compares what they have acknowledged with what is there afterwards. Goes on until the
sum of all runs is N; what was interrupted is continued by the same command. docs/proof.md

    npm run chaos -- -kills=2000
    npm run chaos -- -kills=20 -storage=sqlite -results=/tmp/chaos.jsonl

  -kills=N        disturbances in all, those of earlier runs included
  -storage=NAME   sqlite, postgresql (one server), standby (a primary and a synchronous standby behind one address) or hosts (the same, but
                  engines know both addresses); all of them, at the same time, without it
  -sites=N        sites of each storage at the same time; 1 without it
  -clients=N      clients of each site; 12 without it
  -seed=N         chooses what is done when; a number at random without it
  -results=FILE   keeps the results there, and leaves docs/proof.md as it is
  -write          disturbs nothing: writes docs/proof.md from the results that are kept

It ends with 1 if anything that was acknowledged is lost, a password was redeemed twice, or an engine does not serve again. Then it says
where all files of that site are.
`

/** @throws {Invalid} that names the flag */
export function readFlags(words: readonly string[]): ChaosFlags {
  const values = new Map<string, string>()
  for (let at = 0; at < words.length; ) {
    const flag = goFlag(words.slice(at), name => SWITCHES.includes(name))
    if (!flag || !NAMES.includes(flag.name))
      throw new Invalid(`${words[at]} is no flag: npm run chaos -- -help`)
    at += flag.size
    values.set(flag.name, flag.value ?? '')
  }
  const isOn = (name: string) => values.has(name)
  const number = (name: string, without: number) => numberOf(name, values.get(name), without)
  const flags = {
    storages: storagesOf(values.get('storage') ?? STORAGES.join()),
    sites: number('sites', 1),
    clients: number('clients', 12),
    seed: number('seed', Math.floor(Math.random() * 1e6)),
    results: values.get('results'),
    write: isOn('write'),
    help: isOn('help') || isOn('h'),
  }
  if (flags.write || flags.help) return { ...flags, kills: 0 }
  if (!isOn('kills')) throw new Invalid('-kills is missing: npm run chaos -- -help')
  return { ...flags, kills: number('kills', 0) }
}

const SWITCHES = ['write', 'help', 'h']
const NAMES = ['kills', 'storage', 'sites', 'clients', 'seed', 'results', ...SWITCHES]

function numberOf(name: string, value: string | undefined, without: number): number {
  if (value === undefined) return without
  if (!/^[1-9]\d{0,8}$/.test(value))
    throw new Invalid(`-${name} must be a whole number of at least 1, not ${JSON.stringify(value)}`)
  return Number(value)
}

function storagesOf(value: string): readonly StorageName[] {
  const names = value.split(',')
  const wrong = names.find(name => !STORAGES.some(storage => storage === name))
  if (wrong !== undefined)
    throw new Invalid(`-storage must be of ${STORAGES.join(', ')}, not ${JSON.stringify(wrong)}`)
  return STORAGES.filter(storage => names.includes(storage))
}
