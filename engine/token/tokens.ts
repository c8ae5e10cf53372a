import { randomBytes, randomUUID } from 'node:crypto'
import { Secret } from '../../shared/secret.ts'
import type { Caller } from '../api/call.ts'
import { DueIndex } from '../storage/due-index.ts'
import type { Page } from '../storage/store.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import { untampered } from '../storage/untampered.ts'

/** A token as it is stored, without its value. Times are milliseconds since 1970, durations are in seconds. */
export interface Token {
  /** Salted hash of the token, under which it is stored. */
  readonly hash: string
  readonly accessor: string
  /** Hash of the parent token, with which it is revoked; none for an orphan. */
  readonly parent: string | undefined
  /** The path of the request that created it. */
  readonly path: string
  readonly displayName: string
  readonly policies: readonly string[]
  readonly metadata: Readonly<Record<string, string>> | null
  /** Id of the entity that the token acts for; none for tokens that were not issued by a login. */
  readonly entity: string | undefined
  /**
   * Of a token that acts for no entity: id of the entity whose token has made it, or an orphan above it. An orphan outlives that entity.
   * Absent where this is not known: the first token was a root token, or an older version has made an orphan.
   */
  readonly createdBy?: string
  /** Name of the token role with which it was created, if any. */
  readonly role: string | undefined
  /** CIDR blocks from which it can be used; empty for any address. */
  readonly boundCidrs: readonly string[]
  readonly renewable: boolean
  readonly ttl: number
  /** TTL that a renewal sets, without a maximum; 0 if the token is not periodic. */
  readonly period: number
  /** Maximum lifetime, including renewals; 0 for none. */
  readonly explicitMaxTtl: number
  /** Maximum lifetime of a token that is not periodic; absent for that of the mount. */
  readonly maxTtl?: number
  /** Id of the auth method mount that issued it and with which it is revoked; none for a token created by a token. */
  readonly mount?: string
  /** Uses that are left: 0 for unlimited, {@link SPENT} for none. */
  readonly numUses: number
  /** Counted requests in progress, for a token with limited uses. */
  readonly underWay?: number
  /** When a used-up token is revoked, if one of those requests never finishes. */
  readonly endsBy?: number
  readonly createdAt: number
  /** Absent for a token without expiry. */
  readonly expiresAt: number | undefined
  readonly lastRenewal: number | undefined
}

export const tokens = new Table<Token>('token/id/', { cached: true })
const byAccessor = new Table<{ readonly hash: string }>('token/accessor/')
const children = new Table<{ readonly hash: string }>('token/child/')
const byMount = new Table<{ readonly hash: string }>('token/mount/')
export const tokensDue = new DueIndex('token/due/')

/** Of {@link Token.numUses}: the token is used up, and is revoked when its requests in progress are finished. */
export const SPENT = -1

/** A new token: 192 random bits after the prefix of service tokens. */
export const newToken = (): Secret => new Secret(`hvs.${randomBytes(24).toString('base64url')}`)

/** Who has made a token that acts for no entity, if this token makes it. */
export function creatorIn({ entity, createdBy }: Token): Pick<Token, 'createdBy'> {
  const id = entity ?? createdBy
  return id === undefined ? {} : { createdBy: id }
}

/** Stores a token with a new accessor. */
export function putToken(tx: Tx, record: Omit<Token, 'accessor' | 'lastRenewal'>): Token {
  const token: Token = { ...record, accessor: randomUUID(), lastRenewal: undefined }
  tokens.put(tx, token.hash, token)
  byAccessor.put(tx, token.accessor, { hash: token.hash })
  if (token.parent) children.put(tx, `${token.parent}/${token.hash}`, { hash: token.hash })
  if (token.mount) byMount.put(tx, `${token.mount}/${token.hash}`, { hash: token.hash })
  if (token.expiresAt !== undefined) tokensDue.put(tx, token.expiresAt, token.hash)
  return token
}

/** The token, if it exists, has not expired and is not used up. */
export async function findToken(tx: Tx, hash: string, now: Date): Promise<Token | undefined> {
  const token = await tokens.get(tx, hash)
  return token && isLive(token, now) ? token : undefined
}

/** The caller's token. A request that was counted stays valid even if other requests have used up the token meanwhile. */
export async function findCallersToken(
  tx: Tx,
  { token: hash, remainingUses }: Pick<Caller, 'token' | 'remainingUses'>,
  now: Date,
): Promise<Token | undefined> {
  const token = await tokens.get(tx, hash)
  const isCounted = remainingUses !== undefined
  return token && (isCounted ? isInTime(token, now) : isLive(token, now)) ? token : undefined
}

/** Whether the transaction has itself written or deleted the token, and so has read it. */
export const hasChangedToken = (tx: Tx, hash: string): boolean => tokens.hasWritten(tx, hash)

/** Whether the token exists, valid or being revoked. */
export const tokenExists = async (tx: Tx, hash: string): Promise<boolean> =>
  (await tokens.get(tx, hash)) !== undefined

/** The token of an accessor, if it is valid. */
export async function tokenOfAccessor(
  tx: Tx,
  accessor: string,
  now: Date,
): Promise<Token | undefined> {
  const entry = accessor.includes('/') ? undefined : await byAccessor.get(tx, accessor)
  return entry && findToken(tx, entry.hash, now)
}

/** The accessors of all tokens, or a page of them. */
export const accessors = (tx: Tx, page?: Page): Promise<readonly string[]> =>
  byAccessor.list(tx, '', page)

/** Hashes of all tokens, including revoked ones, or a page of them. */
export const tokenHashes = (tx: Tx, page?: Page): Promise<readonly string[]> =>
  tokens.list(tx, '', page)

/** Whether it is a root token. */
export const isRootToken = async (tx: Tx, hash: string): Promise<boolean> =>
  (await tokens.get(tx, hash))?.policies.includes('root') === true

/** Deletes an accessor if its token no longer exists. Returns whether it did. */
export async function dropAccessor(tx: Tx, accessor: string): Promise<boolean> {
  const entry = await byAccessor.get(tx, accessor)
  if (!entry || (await tokenExists(tx, entry.hash))) return false
  byAccessor.delete(tx, accessor)
  return true
}

/** Sets the expiry of a token. */
export function extendToken(tx: Tx, token: Token, expiresAt: number, now: Date): Token {
  const extended = { ...token, expiresAt, lastRenewal: now.getTime() }
  if (token.expiresAt !== undefined) tokensDue.delete(tx, token.expiresAt, token.hash)
  tokensDue.put(tx, expiresAt, token.hash)
  tokens.put(tx, token.hash, extended)
  return extended
}

/**
 * Invalidates a token from this commit on. No transaction that has read it as valid can commit afterwards, so its leases and children can
 * then be listed completely. Housekeeping continues if the revocation is interrupted. Returns the reason for the audit log.
 */
export async function condemnToken(tx: Tx, hash: string, now: Date): Promise<string> {
  const token = await tokens.get(tx, hash)
  if (!token) return 'revoked'
  const expiresAt = Math.min(token.expiresAt ?? now.getTime(), now.getTime())
  if (token.expiresAt !== undefined) tokensDue.delete(tx, token.expiresAt, hash)
  tokensDue.put(tx, expiresAt, hash)
  tokens.put(tx, hash, { ...token, expiresAt })
  if (token.numUses === SPENT) return 'used up'
  return token.expiresAt !== undefined && token.expiresAt <= now.getTime() ? 'expired' : 'revoked'
}

/** Hashes of the child tokens, verified by their own records. */
export const childTokens = async (tx: Tx, hash: string): Promise<readonly string[]> =>
  those(tx, await children.list(tx, `${hash}/`), token => token.parent === hash)

/** A page of the tokens that an auth method mount has issued, and the name after which the next page begins. */
export async function tokensOfMount(tx: Tx, mount: string, page: Page) {
  const names = await byMount.list(tx, `${mount}/`, page)
  const hashes = await those(tx, names, token => token.mount === mount)
  return { hashes, last: names.at(-1) }
}

/** Filters by the tokens' own records. Names of index entries are not authenticated, so an added entry must not cause a revocation. */
async function those(
  tx: Tx,
  names: readonly string[],
  is: (token: Token) => boolean,
): Promise<readonly string[]> {
  const found = await Promise.all(names.map(name => untampered(tokens.get(tx, name))))
  return found.flatMap(token => (token && is(token) ? [token.hash] : []))
}

/** Deletes a token, valid or not, and its index entries. */
export async function deleteToken(tx: Tx, hash: string): Promise<Token | undefined> {
  const token = await tokens.take(tx, hash)
  if (!token) return undefined
  byAccessor.delete(tx, token.accessor)
  if (token.parent) children.delete(tx, `${token.parent}/${hash}`)
  if (token.mount) byMount.delete(tx, `${token.mount}/${hash}`)
  if (token.expiresAt !== undefined) tokensDue.delete(tx, token.expiresAt, hash)
  if (token.endsBy !== undefined) tokensDue.delete(tx, token.endsBy, hash)
  return token
}

/** Makes a token an orphan. */
export async function orphanToken(tx: Tx, hash: string): Promise<void> {
  const token = await tokens.get(tx, hash)
  if (!token?.parent) return
  children.delete(tx, `${token.parent}/${hash}`)
  tokens.put(tx, hash, { ...token, parent: undefined })
}

/** At most `limit` hashes of tokens that are due for revocation. */
export const overdueTokens = (
  tx: Tx,
  wish: Pick<Parameters<DueIndex['overdue']>[1], 'now' | 'limit' | 'damaged'>,
): Promise<readonly string[]> =>
  tokensDue.overdue(tx, {
    ...wish,
    async dueAt(hash) {
      const { expiresAt, endsBy } = (await tokens.get(tx, hash)) ?? {}
      return [expiresAt, endsBy]
    },
  })

const isLive = (token: Token, now: Date) => token.numUses !== SPENT && isInTime(token, now)

/** Whether it has not expired; it may be used up. */
export const isInTime = ({ expiresAt }: Token, now: Date): boolean =>
  expiresAt === undefined || expiresAt > now.getTime()
