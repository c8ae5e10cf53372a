import { type Call, namesOf } from '../../api/call.ts'
import { type Named, NameIndex } from '../../storage/name-index.ts'
import type { Page } from '../../storage/store.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import { selfTests } from './self-tests.ts'

/** A host that an SSH mount knows. docs/decisions/0029-hosts.md. Times are milliseconds since 1970. */
export interface Host {
  /** In lower case, like the name of the row. */
  readonly name: string
  /** `ed25519:` and the key in base64; absent until the host is enrolled. */
  readonly publicKey?: string
  /** It redeems passwords for these alone; for every address if empty. Canonical. */
  readonly addresses: readonly string[]
  readonly groups: readonly string[]
  readonly disabled?: { readonly at: number; readonly by: string }
  readonly enrolled?: Enrolled
}

/** When a host was enrolled, from where, and who had issued the token. */
export interface Enrolled {
  readonly at: number
  readonly from: string
  readonly tokenId: string
  readonly tokenBy: string
}

/** By what hosts are found. */
export type HostIndex = 'address' | 'group'

// a row that is missing is an unknown host, whose signature is refused: no record of the names is needed
const table = new Table<Host>('hosts/', { cached: true })

const index = new NameIndex<object>({ keyed: 'host/having/', older: 'host/by/', digits: 32 })

type Place = Pick<Call, 'tx' | 'mount'>

/** A host by its name in any case. */
export const findHost = (tx: Tx, name: string): Promise<Host | undefined> =>
  table.get(tx, name.toLowerCase())

/** Writes a host and the entries by which it is found, in place of the record of before. */
export async function putHost(place: Place, host: Host): Promise<void> {
  const before = await findHost(place.tx, host.name)
  const names = indexNames(place)
  for (const each of before ? entriesOf(before) : []) index.delete(names, each)
  for (const each of entriesOf(host)) index.put(names, each, {})
  table.put(place.tx, host.name, host)
}

/** Returns whether there was one. */
export async function deleteHost(place: Place, name: string): Promise<boolean> {
  const host = await findHost(place.tx, name)
  if (!host) return false
  for (const each of entriesOf(host)) index.delete(indexNames(place), each)
  table.delete(place.tx, host.name)
  selfTests.delete(place.tx, host.name)
  return true
}

/** A page of the names of all hosts, sorted. */
export const hostNames = (tx: Tx, page?: Page): Promise<readonly string[]> =>
  table.list(tx, '', page)

/** A page of the names of the hosts that have a value, sorted. */
export const hostNamesBy = (
  place: Place,
  [by, value]: readonly [HostIndex, string],
  page?: Page,
): Promise<readonly string[]> =>
  index.list(indexNames(place), { folder: `${by}/`, text: value, below: '/' }, page)

/** No older version has written hosts, so there are none to move. */
const indexNames = (place: Place) => ({ ...namesOf(place), naming: 'keyed' as const })

const entriesOf = ({ name, addresses, groups }: Host): readonly Named[] => [
  ...addresses.map(text => ({ folder: 'address/', text, below: `/${name}` })),
  ...groups.map(text => ({ folder: 'group/', text, below: `/${name}` })),
]
