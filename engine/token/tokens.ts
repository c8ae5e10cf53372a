import { randomBytes, randomUUID } from 'node:crypto'
import { Secret } from '../../shared/secret.ts'
import type { Caller } from '../api/call.ts'
import { DueIndex } from '../storage/due-index.ts'
import type { Page } from '../storage/store.ts'
import { Table } from '../storage/table.ts'
import type { Tx } from '../storage/transact.ts'
import { untampered } from '../storage/untampered.ts'

/** What is known of a token; the token itself is not. Times are milliseconds since 1970, spans are seconds. */
export interface Token {
  /** Salted hash of the token, under which it is stored. */
  readonly hash: string
  readonly accessor: string
  /** Hash of the token that made it, and with which it goes; none for an orphan. */
  readonly parent: string | undefined
  /** The path of the request that made it. */
  readonly path: string
  readonly displayName: string
  readonly policies: readonly string[]
  readonly metadata: Readonly<Record<string, string>> | null
  /** Id of the entity that the token acts for; none if nobody logged in for it. */
  readonly entity: string | undefined
  /** Name of the role that it was made by, if any. */
  readonly role: string | undefined
  /** Blocks of addresses from which alone it can be used; anywhere, if there are none. */
  readonly boundCidrs: readonly string[]
  readonly renewable: boolean
  readonly ttl: number
  /** A renewed token lives this long again, without a maximum; 0 for none. */
  readonly period: number
  /** The whole life may not be longer, renewed or not; 0 for none. */
  readonly explicitMaxTtl: number
  /** The same, but not for a token with a period; the mount's where there is none. */
  readonly maxTtl?: number
  /** Id of the mount of the auth method that gave it, with which it goes; none for a token made by a token. */
  readonly mount?: string
  /** Requests it is still good for: any number when 0, none when -1. */
  readonly numUses: number
  /** Requests that have been counted and are not done yet, of a token whose uses are counted. */
  readonly underWay?: number
  /** When a token that is used up ends, should one of those requests never be done. */
  readonly endsBy?: number
  readonly createdAt: number
  /** None for a token that lives for ever. */
  readonly expiresAt: number | undefined
  readonly lastRenewal: number | undefined
}

export const tokens = new Table<Token>('token/id/', { recalled: true })
const byAccessor = new Table<{ readonly hash: string }>('token/accessor/')
const children = new Table<{ readonly hash: string }>('token/child/')
const byMount = new Table<{ readonly hash: string }>('token/mount/')
export const tokensDue = new DueIndex('token/due/')

/** Of {@link Token.numUses}: the token is used up, and ends when the requests under way are done. */
export const SPENT = -1

/** A new token: 192 random bits behind the prefix that marks a service token. */
export const newToken = (): Secret => new Secret(`hvs.${randomBytes(24).toString('base64url')}`)

/** Stores a token. Its accessor names it to those who may manage it but not use it. */
export function putToken(tx: Tx, record: Omit<Token, 'accessor' | 'lastRenewal'>): Token {
  const token: Token = { ...record, accessor: randomUUID(), lastRenewal: undefined }
  tokens.put(tx, token.hash, token)
  byAccessor.put(tx, token.accessor, { hash: token.hash })
  if (token.parent) children.put(tx, `${token.parent}/${token.hash}`, { hash: token.hash })
  if (token.mount) byMount.put(tx, `${token.mount}/${token.hash}`, { hash: token.hash })
  if (token.expiresAt !== undefined) tokensDue.put(tx, token.expiresAt, token.hash)
  return token
}

/** The token, if it is there and its time is not over. */
export async function findToken(tx: Tx, hash: string, now: Date): Promise<Token | undefined> {
  const token = await tokens.get(tx, hash)
  return token && isLive(token, now) ? token : undefined
}

/** The token of whoever makes a request. One that was counted is served although others have used the token up meanwhile. */
export async function findCallersToken(
  tx: Tx,
  { token: hash, remainingUses }: Pick<Caller, 'token' | 'remainingUses'>,
  now: Date,
): Promise<Token | undefined> {
  const token = await tokens.get(tx, hash)
  const isCounted = remainingUses !== undefined
  return token && (isCounted ? isInTime(token, now) : isLive(token, now)) ? token : undefined
}

/** Whether the transaction itself has changed or ended the token, which it has then read. */
export const hasChangedToken = (tx: Tx, hash: string): boolean => tokens.hasWritten(tx, hash)

/** Whether the token is there, live or about to be removed. */
export const tokenExists = async (tx: Tx, hash: string): Promise<boolean> =>
  (await tokens.get(tx, hash)) !== undefined

/** The token that an accessor names. */
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

/** Hashes of all tokens, dead ones too, or a page of them. */
export const tokenHashes = (tx: Tx, page?: Page): Promise<readonly string[]> =>
  tokens.list(tx, '', page)

/** Whether the token may do everything. */
export const isRootToken = async (tx: Tx, hash: string): Promise<boolean> =>
  (await tokens.get(tx, hash))?.policies.includes('root') === true

/** Forgets an accessor, if its token is gone. Tells whether it was. */
export async function dropAccessor(tx: Tx, accessor: string): Promise<boolean> {
  const entry = await byAccessor.get(tx, accessor)
  if (!entry || (await tokenExists(tx, entry.hash))) return false
  byAccessor.delete(tx, accessor)
  return true
}

/** Moves the end of a token to `expiresAt`. */
export function extendToken(tx: Tx, token: Token, expiresAt: number, now: Date): Token {
  const extended = { ...token, expiresAt, lastRenewal: now.getTime() }
  if (token.expiresAt !== undefined) tokensDue.delete(tx, token.expiresAt, token.hash)
  tokensDue.put(tx, expiresAt, token.hash)
  tokens.put(tx, token.hash, extended)
  return extended
}

/**
 * Makes a token dead from now on. Nothing that read it as live can be committed after this, so what it has given out can
 * then be listed without missing any. The expiry loop finds it if nobody revokes it to the end. Gives the reason for which it ends.
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

/** Hashes of the tokens that the token has made, as their own records say. */
export const childTokens = async (tx: Tx, hash: string): Promise<readonly string[]> =>
  those(tx, await children.list(tx, `${hash}/`), token => token.parent === hash)

/** Of the tokens that the auth method at a mount has given a page, and behind what the next one begins. */
export async function tokensOfMount(tx: Tx, mount: string, page: Page) {
  const names = await byMount.list(tx, `${mount}/`, page)
  const hashes = await those(tx, names, token => token.mount === mount)
  return { hashes, last: names.at(-1) }
}

/** Names are not authenticated: somebody may have added others, so that these end with what they have nothing to do with. */
async function those(
  tx: Tx,
  names: readonly string[],
  is: (token: Token) => boolean,
): Promise<readonly string[]> {
  const found = await Promise.all(names.map(name => untampered(tokens.get(tx, name))))
  return found.flatMap(token => (token && is(token) ? [token.hash] : []))
}

/** Deletes a token, live or not, and its index entries. */
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

/** Lets a token live on without its parent. */
export async function orphanToken(tx: Tx, hash: string): Promise<void> {
  const token = await tokens.get(tx, hash)
  if (!token?.parent) return
  children.delete(tx, `${token.parent}/${hash}`)
  tokens.put(tx, hash, { ...token, parent: undefined })
}

/** At most `limit` hashes of tokens whose time is over. */
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

/** Whether its time is not over; it may be used up. */
export const isInTime = ({ expiresAt }: Token, now: Date): boolean =>
  expiresAt === undefined || expiresAt > now.getTime()
