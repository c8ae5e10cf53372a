import { randomBytes } from 'node:crypto'
import type { Call } from '../../api/call.ts'
import { Gone } from '../../storage/kept.ts'
import { Table } from '../../storage/table.ts'
import { NO_NAMES, type Tally } from './tally.ts'

/** The mount whose revocations are meant. */
export type Place = Pick<Call, 'tx' | 'mount' | 'warn'>

/** An issuer, as far as the KRL needs it. */
export interface Authority {
  readonly id: string
  readonly publicKey: string
}

/**
 * What proves that the revocations of a mount are complete, so that deleting some from the storage is detected. A revocation is
 * identified by its name, so that a million can be read without reading a value. The names are divided into parts, and each part has
 * a record with its tally.
 */
export interface RevokedState {
  /** Keys the hashes in names and tallies. */
  readonly key: string
  /** Milliseconds since 1970. Rows from before are counted, although they do not say so. */
  readonly since: number
  /** The issuers that are revoked themselves, forever. */
  readonly revoked: readonly Authority[]
  /** Issuers of revoked certificates, with the parts of their serials that exist: two hex digits each. */
  readonly issuers: readonly (Authority & { readonly parts: string })[]
  /** Whether anything has been revoked by its key id or its key. */
  readonly hasOthers: boolean
}

const states = new Table<RevokedState>('revoked/', { cached: true })
const tallies = new Table<Tally>('revoked/tally/')

const STATE = 'state'

/** The name of the part with revocations by key id or key. */
export const OTHERS = 'others'

/** The digits of the parts that {@link RevokedState.issuers} names. */
export const digitsIn = (parts: string): readonly string[] =>
  [...parts.matchAll(/../g)].map(([digits]) => digits)

/** The name of a part of an issuer's serials. */
export const partOf = (issuer: string, digits: string): string => `${issuer}.${digits}`

/** Undefined if only an older version has revoked anything. @throws {Gone} if another program has deleted it from the storage */
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

/** @param exists whether there must be one @throws {Gone} if it is missing then */
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
