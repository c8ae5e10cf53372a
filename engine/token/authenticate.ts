import type { Secret } from '../../shared/secret.ts'
import type { Caller } from '../api/call.ts'
import { ApiError } from '../api/errors.ts'
import { saltedHash } from '../api/salted-hash.ts'
import type { Tx } from '../storage/transact.ts'
import { isWithin } from './bound-cidrs.ts'
import { type Holders, isHeld } from './is-held.ts'
import { findToken, SPENT, type Token, tokens, tokensDue } from './tokens.ts'

/** Milliseconds after which a request is assumed to have been aborted by a crash of its node. */
const LONGEST_REQUEST = 10 * 60_000

/** A token as a request presents it. */
interface Presented extends Holders {
  readonly token: Secret | undefined
  /** Salt of the token mount. */
  readonly salt: string
  /** Address of the client. */
  readonly from: string
}

/**
 * Authenticates the caller by its token, and counts a use of the token if its uses are limited.
 * @throws {ApiError} denied, for a token that is missing, unknown, expired, used up or bound to other addresses
 */
export async function authenticate(tx: Tx, presented: Presented): Promise<Caller> {
  const { token } = presented
  const found = await validToken(tx, presented)
  if (!token || !found) throw new ApiError('denied', 'permission denied')
  const lastUse = found.numUses === 1
  if (found.numUses > 0) beginUse(tx, found, presented.now)
  const { hash, accessor, displayName, policies, metadata, entity, createdBy, ttl } = found
  const made = createdBy === undefined ? { entity } : { entity, createdBy }
  const about = { accessor, displayName, policies, identityPolicies: [], metadata, ...made, ttl }
  const remainingUses = found.numUses > 0 ? found.numUses - 1 : undefined
  return { token: hash, secret: token, ...about, issuedAt: found.createdAt, remainingUses, lastUse }
}

function beginUse(tx: Tx, token: Token, now: Date): void {
  const underWay = (token.underWay ?? 0) + 1
  if (token.numUses > 1) {
    tokens.put(tx, token.hash, { ...token, numUses: token.numUses - 1, underWay })
    return
  }
  const endsBy = now.getTime() + LONGEST_REQUEST
  tokens.put(tx, token.hash, { ...token, numUses: SPENT, underWay, endsBy })
  tokensDue.put(tx, endsBy, token.hash)
}

/** Records the end of a counted request. Returns whether the token must be revoked now: it is used up, and no other request is in progress. */
export async function endUse(tx: Tx, hash: string): Promise<boolean> {
  const token = await tokens.get(tx, hash)
  if (!token || token.numUses === 0) return false
  const underWay = Math.max(0, (token.underWay ?? 0) - 1)
  tokens.put(tx, hash, { ...token, underWay })
  return token.numUses === SPENT && underWay === 0
}

/** Whether a token is valid now. Does not count as a use. */
export async function isValidToken(tx: Tx, presented: Presented): Promise<boolean> {
  return (await validToken(tx, presented)) !== undefined
}

async function validToken(tx: Tx, presented: Presented): Promise<Token | undefined> {
  const { token, salt, from, now } = presented
  const found = token && (await findToken(tx, saltedHash(salt, token), now))
  if (!found || !isWithin(found.boundCidrs, from)) return undefined
  return (await isHeld(tx, found, presented)) ? found : undefined
}
