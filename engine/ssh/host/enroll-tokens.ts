import { parseAddress, parseCidrList } from '../../../shared/address.ts'
import { newEnrollToken } from '../../../shared/enroll-token.ts'
import { fitsGlob } from '../../../shared/glob.ts'
import { Secret } from '../../../shared/secret.ts'
import type { Call } from '../../api/call.ts'
import type { RevokeCall } from '../../api/engine.ts'
import { saltedHash } from '../../api/salted-hash.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import { requireReplyKeys } from '../otp/reply-keys.ts'

/** What a token may enrol. Stored under the hash of the token, never under the token. */
export interface EnrollToken {
  /** A name in lower case; or a pattern of names that are not there yet, in which `*` is any text. */
  readonly name: string
  readonly isFleet: boolean
  /** The key that the host of this name had when the token was issued, which alone is replaced. Not for a fleet. */
  readonly replaces?: string | undefined
  /** Blocks of client addresses that it may be used from; from everywhere if empty. */
  readonly cidrs: readonly string[]
  readonly groups: readonly string[]
  /** Uses that are left; a token without any answers only those again that it has enrolled. */
  readonly left: number
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** Display name of the token that asked for it. */
  readonly issuedBy: string
  /** Id of the entity for which that token acted, or which has made it; absent where there is none. */
  readonly entity?: string
}

export const enrollTokens = new Table<EnrollToken>('enroll-token/')

/** Makes a token, and stores what it may enrol. */
export async function issueEnrollToken(
  call: Call,
  token: Omit<EnrollToken, 'issuedBy' | 'entity' | 'expiresAt'> & { readonly ttl: number },
) {
  const { keys } = await requireReplyKeys(call)
  const active = keys.find(({ state }) => state === 'active')
  const secret = newEnrollToken(active?.publicKey ?? '')
  const { ttl, ...kept } = token
  const expiresAt = call.now.getTime() + ttl * 1000
  const id = saltedHash(call.mount.salt, new Secret(secret))
  const issuedBy = call.caller?.displayName ?? ''
  const entity = call.caller?.entity ?? call.caller?.createdBy
  const by = { issuedBy, ...(entity !== undefined && { entity }) }
  enrollTokens.put(call.tx, id, { ...kept, expiresAt, ...by })
  return { token: secret, token_id: id, expiration: new Date(expiresAt).toISOString() }
}

/** The token, if it may be used for this name from this address. */
export async function findEnrollToken(
  { tx, now, mount, address }: Pick<Call, 'tx' | 'now' | 'mount' | 'address'>,
  text: string,
  name: string,
): Promise<{ readonly id: string; readonly token: EnrollToken } | undefined> {
  const id = saltedHash(mount.salt, new Secret(text))
  const token = await enrollTokens.get(tx, id)
  if (!token || token.expiresAt <= now.getTime()) return undefined
  if (!(token.isFleet ? fitsGlob(token.name, name) : token.name === name)) return undefined
  return isFrom(token, address) ? { id, token } : undefined
}

function isFrom({ cidrs }: EnrollToken, client: string): boolean {
  const address = parseAddress(client)
  return cidrs.length === 0 || (address !== undefined && parseCidrList(cidrs).contains(address))
}

/** Counts a use. The record stays until the token expires, so that a host whose answer was lost can ask again. */
export const useEnrollToken = (tx: Tx, id: string, token: EnrollToken): void =>
  enrollTokens.put(tx, id, { ...token, left: token.left - 1 })

const PAGE = 200

/** Deletes those that have expired among the first of a random place, so that all of them are reached in time. */
export async function forgetEnrollTokens({ tx, now }: RevokeCall): Promise<void> {
  const after = Math.random() < 0.5 ? '' : Math.random().toString(16).slice(2)
  for (const id of await enrollTokens.list(tx, '', { after, limit: PAGE })) {
    const token = await enrollTokens.get(tx, id)
    if (token && token.expiresAt <= now.getTime()) enrollTokens.delete(tx, id)
  }
}

/** Deletes at most `limit` of them. Returns the last one if there may be more. */
export async function endEnrollTokens(tx: Tx, limit: number): Promise<string | undefined> {
  const ids = await enrollTokens.list(tx, '', { limit })
  for (const id of ids) enrollTokens.delete(tx, id)
  return ids.length < limit ? undefined : ids.at(-1)
}
