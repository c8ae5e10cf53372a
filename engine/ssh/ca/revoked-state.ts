import { randomBytes } from 'node:crypto'
import type { Call } from '../../api/call.ts'
import { Gone } from '../../storage/kept.ts'
import { Table } from '../../storage/table.ts'
import { NO_NAMES, type Tally } from './tally.ts'

/** Where something is revoked. */
export type Place = Pick<Call, 'tx' | 'mount' | 'warn'>

/** An issuer, as far as the list must know it. */
export interface Authority {
  readonly id: string
  readonly publicKey: string
}

/**
 * What is said of the revocations of a mount besides the revocations themselves, so that it is noticed when somebody deletes some of them
 * from the storage. They are told by their names, so that a million of them are read without reading a value: the names are divided into
 * parts, and of each part the tally is kept in a record of its own.
 */
export interface RevokedState {
  /** Of the hashes in names and tallies. */
  readonly key: string
  /** Milliseconds since 1970. Rows from before that do not say that they are counted, and are. */
  readonly since: number
  /** The issuers that are revoked themselves, for ever. */
  readonly revoked: readonly Authority[]
  /** The issuers that have signed what is revoked, or may have, and which parts of their serials there are: two hex digits each. */
  readonly issuers: readonly (Authority & { readonly parts: string })[]
  /** Whether anything has been revoked by its key id or its key. */
  readonly hasOthers: boolean
}

const states = new Table<RevokedState>('revoked/')
const tallies = new Table<Tally>('revoked/tally/')

const STATE = 'state'

/** Names the part of what is revoked by key id or key. */
export const OTHERS = 'others'

/** The digits of the parts that {@link RevokedState.issuers} names. */
export const digitsIn = (parts: string): readonly string[] =>
  [...parts.matchAll(/../g)].map(([digits]) => digits)

/** Names a part of the serials of an issuer. */
export const partOf = (issuer: string, digits: string): string => `${issuer}.${digits}`

/** None where only an older version has revoked anything. @throws {Gone} if somebody has deleted it from the storage */
export async function revokedState({ tx, mount }: Place): Promise<RevokedState | undefined> {
  const found = await states.get(tx, STATE)
  if (!found && mount.hasRecords) throw new Gone(`${mount.path}revoked/${STATE}`)
  return found
}

export const putState = ({ tx }: Place, state: RevokedState): void => states.put(tx, STATE, state)

export const newState = (now: Date): RevokedState => ({
  key: randomBytes(32).toString('hex'),
  since: now.getTime(),
  revoked: [],
  issuers: [],
  hasOthers: false,
})

/** @param exists whether there must be one @throws {Gone} */
export async function partTally(
  { tx, mount }: Place,
  part: string,
  exists: boolean,
): Promise<Tally> {
  const found = await tallies.get(tx, part)
  if (!found && exists) throw new Gone(`${mount.path}revoked/tally/${part}`)
  return found ?? NO_NAMES
}

export const putTally = ({ tx }: Place, part: string, tally: Tally): void =>
  tallies.put(tx, part, tally)
