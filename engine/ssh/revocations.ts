import { createHash, randomBytes } from 'node:crypto'
import type { Page } from '../storage/store.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'

/** What is revoked besides single certificates: every certificate with that key id, or for that key. */
export interface Revocation {
  readonly kind: 'key_id' | 'fingerprint'
  readonly value: string
  /** Milliseconds since 1970. */
  readonly revokedAt: number
}

/** Revocations between a backup and its return are fewer; and with 2^21 returns the version is still an exact number. */
const LEAP = 2 ** 32

// only names: a list of revoked serials is read without reading a value
const revokedSerials = new Table<{ readonly at: number }>('revoked/serial/')
const revocations = new Table<Revocation>('revoked/other/')
const revoking = new Table<Authority>('revoked/issuer/')
const revokedAuthorities = new Table<Authority>('revoked/authority/')
const changes = new Table<object>('revoked/change/')

/** An issuer, as far as the list must know it. */
interface Authority {
  readonly id: string
  readonly publicKey: string
}

/** Counts what has been revoked, so that a list that was made can be known to be the newest. */
export interface KrlState {
  /** Grows; the same for two that revoke at the same moment. */
  readonly version: number
  /** Milliseconds since 1970. */
  readonly changedAt: number
  /** Another one after everything that is revoked. */
  readonly tag: string
}

/** How often something has been revoked, and when last. */
export async function krlState(tx: Tx): Promise<KrlState> {
  const names = await changes.list(tx)
  const [version = 0, changedAt = 0] = (names.at(-1) ?? '')
    .split('.')
    .map(part => Number(`0x${part || 0}`))
  const tag = createHash('sha256').update(names.join()).digest('hex').slice(0, 16)
  return { version, changedAt, tag }
}

/**
 * To be called once by whoever revokes. Gives the new version. The count is kept in names, and not read as a record, so that many who
 * revoke at the same time do not stand in each other's way: each takes away the names it has seen, and adds one of its own.
 */
export const bumpKrl = (tx: Tx, now: Date): Promise<number> => advance(tx, 1, now)

/**
 * Makes the version greater than any that was handed out before an older copy of the storage was put back, so that hosts take the list as
 * newer than the one they have.
 */
export async function leapKrl(tx: Tx, now: Date): Promise<void> {
  await advance(tx, LEAP, now)
}

async function advance(tx: Tx, by: number, now: Date): Promise<number> {
  const names = await changes.list(tx)
  const { version } = await krlState(tx)
  for (const name of names) changes.delete(tx, name)
  const parts = [version + by, now.getTime()].map(each => each.toString(16).padStart(14, '0'))
  changes.put(tx, `${parts.join('.')}.${randomBytes(8).toString('hex')}`, {})
  return version + by
}

/** @param serial 16 hexadecimal digits */
export function revokeSerial(tx: Tx, authority: Authority, serial: string, now: Date): void {
  revokedSerials.put(tx, `${authority.id}/${serial}`, { at: now.getTime() })
  keepAuthority(tx, authority)
}

/** Remembers an issuer that may be deleted, which hosts may trust a little longer: what it has signed can still be revoked. */
export const keepAuthority = (tx: Tx, { id, publicKey }: Authority): void =>
  revoking.put(tx, id, { id, publicKey })

/** An issuer that {@link keepAuthority} has been told of. */
export const keptAuthority = (tx: Tx, id: string): Promise<Authority | undefined> =>
  revoking.get(tx, id)

/** Revokes an issuer with all that it has signed, for ever, whether or not it is deleted later. */
export const revokeAuthority = (tx: Tx, { id, publicKey }: Authority): void =>
  revokedAuthorities.put(tx, id, { id, publicKey })

/** The issuers that are revoked. */
export async function allRevokedAuthorities(tx: Tx): Promise<readonly Authority[]> {
  const ids = await revokedAuthorities.list(tx)
  const found = await Promise.all(ids.map(id => revokedAuthorities.get(tx, id)))
  return found.filter(each => each !== undefined)
}

/** The issuers that have signed what is revoked by its serial number; also those that have been deleted. */
export async function authorities(tx: Tx): Promise<readonly Authority[]> {
  const found = await Promise.all((await revoking.list(tx)).map(id => revoking.get(tx, id)))
  return found.filter(each => each !== undefined)
}

/** Lets a serial go that has expired, and that nobody needs to refuse any more. */
export const forgetSerial = (tx: Tx, issuer: string, serial: string): void =>
  revokedSerials.delete(tx, `${issuer}/${serial}`)

/** Serials that an issuer's certificates were revoked by, a page of them, sorted. */
export const serialsRevoked = (tx: Tx, issuer: string, page: Page): Promise<readonly string[]> =>
  revokedSerials.list(tx, `${issuer}/`, page)

/** @throws {URIError} for a value that is no Unicode */
export const revokeOther = (tx: Tx, revocation: Revocation): void =>
  revocations.put(tx, keyOf(revocation), revocation)

/** Whether certificates with that key id, or for that key, are revoked. */
export const isRevoked = async (
  tx: Tx,
  revocation: Pick<Revocation, 'kind' | 'value'>,
): Promise<boolean> => (await revocations.get(tx, keyOf(revocation))) !== undefined

const keyOf = ({ kind, value }: Pick<Revocation, 'kind' | 'value'>) =>
  `${kind}.${encodeURIComponent(value)}`

/** All that is revoked by key id or fingerprint. */
export async function otherRevocations(tx: Tx): Promise<readonly Revocation[]> {
  const found = await Promise.all((await revocations.list(tx)).map(id => revocations.get(tx, id)))
  return found.filter(each => each !== undefined)
}
