import { randomUUID } from 'node:crypto'
import type { RevokeCall } from '../../api/engine.ts'
import { ApiError } from '../../api/errors.ts'
import { exportPrivateKey, importPrivateKey, type PrivateKey } from '../../openssh/private-key.ts'
import { parsePublicKey } from '../../openssh/public-key.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import { allRevokedAuthorities, keepAuthority, revokeAuthority } from './revocations.ts'

/** A key that signs certificates. */
export interface Issuer {
  /** UUID. */
  readonly id: string
  /** Empty if it has none. */
  readonly name: string
  /** PKCS#8 in PEM. Secret: it is only used to sign. */
  readonly privateKey: string
  /** A line in OpenSSH's format, as it was given. */
  readonly publicKey: string
  readonly state: IssuerState
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/**
 * Staged: trusted by hosts, does not sign yet. Active: signs. Retiring: still trusted, and signs only for roles that name it.
 * Revoked: does not sign, and hosts refuse all that it has signed.
 */
export const ISSUER_STATES = ['staged', 'active', 'retiring', 'revoked'] as const

export type IssuerState = (typeof ISSUER_STATES)[number]

const issuers = new Table<Issuer>('issuer/', { cached: true })
const defaults = new Table<{ readonly id: string }>('ca/', { cached: true })

const DEFAULT = 'default'

/** All issuers, the oldest first. */
export async function allIssuers(tx: Tx): Promise<readonly Issuer[]> {
  const found = await Promise.all((await issuers.list(tx)).map(id => issuers.get(tx, id)))
  return found.filter(issuer => issuer !== undefined).sort((a, b) => a.createdAt - b.createdAt)
}

/** Id of the issuer that signs for roles that name none. */
export const defaultIssuerId = async (tx: Tx): Promise<string | undefined> =>
  (await defaults.get(tx, DEFAULT))?.id

/** The issuer with an id or a name, or the default one for `default`. */
export async function findIssuer(tx: Tx, reference: string): Promise<Issuer | undefined> {
  const id = reference === DEFAULT ? await defaultIssuerId(tx) : reference
  if (id === undefined) return undefined
  const found = /^[\w-]+$/.test(id) ? await issuers.get(tx, id) : undefined
  return found ?? (await allIssuers(tx)).find(({ name }) => name !== '' && name === id)
}

/** @throws {ApiError} invalid, if there is none */
export async function requireIssuer(tx: Tx, reference: string): Promise<Issuer> {
  const issuer = await findIssuer(tx, reference)
  if (!issuer) throw new ApiError('invalid', `unable to find issuer for reference: ${reference}`)
  return issuer
}

/**
 * Stores a new issuer. If there is one with the same public key, returns that one instead.
 * @throws {ApiError} invalid, if an issuer with that key has been revoked, even if it has been deleted since
 */
export async function addIssuer(
  call: RevokeCall,
  key: PrivateKey,
  { name = '', publicKey }: { name?: string; publicKey: string },
): Promise<{ readonly issuer: Issuer; readonly isNew: boolean }> {
  const isSame = (each: { readonly publicKey: string }) =>
    parsePublicKey(each.publicKey).blob.equals(key.publicKey.blob)
  const { tx, now } = call
  if ((await allRevokedAuthorities(call)).some(isSame)) throw neverAgain()
  const same = (await allIssuers(tx)).find(isSame)
  if (same) return { issuer: same, isNew: false }
  const issuer: Issuer = {
    id: randomUUID(),
    name,
    privateKey: exportPrivateKey(key),
    publicKey,
    state: 'staged',
    createdAt: now.getTime(),
  }
  issuers.put(tx, issuer.id, issuer)
  return { issuer, isNew: true }
}

export const putIssuer = (tx: Tx, issuer: Issuer): void => issuers.put(tx, issuer.id, issuer)

/** Makes an issuer the default one. The previous default becomes retiring, and stays trusted. */
export async function makeDefault(tx: Tx, issuer: Issuer): Promise<void> {
  const before = await defaultIssuerId(tx)
  const old =
    before === issuer.id || before === undefined ? undefined : await issuers.get(tx, before)
  if (old?.state === 'active') putIssuer(tx, { ...old, state: 'retiring' })
  putIssuer(tx, { ...issuer, state: 'active' })
  defaults.put(tx, DEFAULT, { id: issuer.id })
}

/** The error for an attempt to reactivate a revoked issuer. */
export const neverAgain = (): ApiError =>
  new ApiError('invalid', 'a revoked issuer cannot be trusted again: import another key')

/** Revokes an issuer forever: it signs no more, and hosts refuse all that it has signed. */
export async function revokeIssuer(call: RevokeCall, issuer: Issuer): Promise<void> {
  putIssuer(call.tx, { ...issuer, state: 'revoked' })
  await revokeAuthority(call, issuer, call.now)
}

/** Deletes an issuer, but not its revocations. Returns whether it was the default. */
export async function deleteIssuer(call: RevokeCall, issuer: Issuer): Promise<boolean> {
  const [{ tx }, { id }] = [call, issuer]
  issuers.delete(tx, id)
  await keepAuthority(call, issuer, call.now)
  if ((await defaultIssuerId(tx)) !== id) return false
  defaults.delete(tx, DEFAULT)
  return true
}

/** The key to sign with. @throws {ApiError} invalid, if the issuer must not sign */
export function signingKey(issuer: Issuer): PrivateKey {
  if (issuer.state === 'revoked')
    throw new ApiError('invalid', `issuer "${issuer.name || issuer.id}" is revoked`)
  const known = parsedKeys.get(issuer)
  if (known) return known
  const key = importPrivateKey(issuer.privateKey)
  parsedKeys.set(issuer, key)
  return key
}

/**
 * Parsed keys, by the record that holds them: parsing takes longer than signing with ECDSA. The table gives the same record as long as it
 * is what the storage has, so a key is never that of another record, and it goes with the cache, at the seal at the latest.
 */
const parsedKeys = new WeakMap<Issuer, PrivateKey>()
