/** What is known of a host besides its record; nothing but the retirement of a reply key is decided by it. Times are milliseconds since 1970. */
export interface Seen {
  readonly firstSeen: number
  readonly lastSeen: number
  /** Each with the time when it was told. */
  readonly values: Readonly<
    Partial<Record<SeenValue, readonly [value: string | number, at: number]>>
  >
  /** When it was last seen at the client addresses that it was seen at last. */
  readonly places: Readonly<Record<string, number>>
}

/** What a host tells about itself in its report, and how it is told to be a number. Ages are in seconds. */
export const REPORTED = {
  helper_version: 'text',
  verify_keys_version: 'number',
  krl_version: 'number',
  krl_age: 'number',
  trust_age: 'number',
  host_cert_age: 'number',
  check: 'text',
  check_age: 'number',
} as const

/** What is noticed of a host when it asks: seconds that its clock is ahead, and the time of its last successful verify. */
export type SeenValue = keyof typeof REPORTED | 'clock_skew' | 'last_verify'

/** Client addresses that are remembered of a host. */
const PLACES = 4

/** The one that both together make: of each value the newer. */
export function mergeSeen(one: Seen, other: Seen): Seen {
  const values = { ...one.values }
  for (const [name, told] of Object.entries(other.values) as [
    SeenValue,
    [string | number, number],
  ][])
    if ((values[name]?.[1] ?? 0) <= told[1]) values[name] = told
  const places = { ...one.places }
  for (const [address, at] of Object.entries(other.places))
    places[address] = Math.max(places[address] ?? 0, at)
  return {
    firstSeen: Math.min(one.firstSeen, other.firstSeen),
    lastSeen: Math.max(one.lastSeen, other.lastSeen),
    values,
    places: newest(places),
  }
}

/** Whether `one` already has all that `other` would bring. */
export const covers = (one: Seen, other: Seen): boolean =>
  one.lastSeen >= other.lastSeen &&
  JSON.stringify(sorted(mergeSeen(one, other))) === JSON.stringify(sorted(one))

const sorted = ({ values, places, ...times }: Seen) => [
  times.firstSeen,
  times.lastSeen,
  Object.entries(values).sort(),
  Object.entries(places).sort(),
]

function newest(places: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const all = Object.entries(places)
  if (all.length <= PLACES) return places
  return Object.fromEntries(all.sort((a, b) => b[1] - a[1]).slice(0, PLACES))
}

/** The texts and numbers of a report that are known, of a form that can be shown. A report is never refused: its host is not at fault. */
export function parseReport(text: string): Readonly<Partial<Record<SeenValue, string | number>>> {
  const found: Partial<Record<SeenValue, string | number>> = {}
  for (const [name, value] of Object.entries(parsed(text))) {
    const kind = Object.hasOwn(REPORTED, name) ? REPORTED[name as keyof typeof REPORTED] : undefined
    if (kind === 'number' && Number.isSafeInteger(value) && (value as number) >= 0)
      found[name as keyof typeof REPORTED] = value as number
    if (kind === 'text' && typeof value === 'string' && TEXT.test(value))
      found[name as keyof typeof REPORTED] = value
  }
  return found
}

const TEXT = /^[\x20-\x7e]{1,200}$/

function parsed(text: string): object {
  try {
    return Object(JSON.parse(text)) as object
  } catch {
    return {}
  }
}
