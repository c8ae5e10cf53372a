import { createHash, randomBytes } from 'node:crypto'
import { decrypt, encrypt, KEY_BYTES, Tampered } from '../../storage/aead.ts'
import { DueIndex } from '../../storage/due-index.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'

/** A login in progress at the provider. */
export interface Pending {
  readonly role: string
  readonly redirectUri: string
  /** Must be in the provider's id_token. */
  readonly nonce: string
  /** PKCE code verifier. RFC 7636. */
  readonly verifier: string
  /** Proves that the same client started the login. */
  readonly clientNonce: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Milliseconds in which a login must be completed. */
const LOGIN_TIME = 5 * 60_000

const keys = new Table<{ readonly key: string }>('state-key/')
const used = new Table<{ readonly at: number }>('state-used/')
const due = new DueIndex('state-due/')

/**
 * Encrypts a login in progress into the `state` parameter, with a key of the mount. Nothing is stored until the login completes, so
 * unauthenticated clients cannot fill the store, and any node can complete it.
 */
export async function sealState(tx: Tx, mount: string, pending: Pending): Promise<string> {
  const known = await keys.get(tx, 'key')
  const key = known?.key ?? randomBytes(KEY_BYTES).toString('hex')
  if (!known) keys.put(tx, 'key', { key })
  const text = Buffer.from(JSON.stringify(pending))
  return encrypt(Buffer.from(key, 'hex'), Buffer.from(mount), text).toString('base64url')
}

/** Decrypts the login in a state, if it is authentic, not too old and not used up. */
export async function openState(
  tx: Tx,
  mount: string,
  { state, now }: { readonly state: string; readonly now: Date },
): Promise<Pending | undefined> {
  const known = await keys.get(tx, 'key')
  if (!known || (await used.get(tx, idOf(state)))) return undefined
  try {
    const sealed = Buffer.from(state, 'base64url')
    const text = decrypt(Buffer.from(known.key, 'hex'), Buffer.from(mount), sealed)
    const pending = JSON.parse(text.toString()) as Pending
    return now.getTime() - pending.at < LOGIN_TIME ? pending : undefined
  } catch (error) {
    if (!(error instanceof Tampered)) throw error
    return undefined
  }
}

/** Uses up a state. Of concurrent transactions with the same one, only one commits. */
export function spendState(tx: Tx, state: string, now: Date): void {
  used.put(tx, idOf(state), { at: now.getTime() })
  due.put(tx, now.getTime() + 2 * LOGIN_TIME, idOf(state))
}

/** Invalidates all states. */
export const endAllStates = (tx: Tx): void => keys.delete(tx, 'key')

/** Deletes the records of at most `limit` used states that have expired anyway. */
export async function forgetStates(tx: Tx, now: Date, limit: number): Promise<void> {
  const dueAt = async (id: string) => {
    const found = await used.get(tx, id)
    return [found && found.at + 2 * LOGIN_TIME]
  }
  for (const id of await due.overdue(tx, { now, limit, dueAt })) {
    const found = await used.take(tx, id)
    if (found) due.delete(tx, found.at + 2 * LOGIN_TIME, id)
  }
}

// hashes the decoded bytes, since base64 has several encodings of the same bytes
const idOf = (state: string) =>
  createHash('sha256').update(Buffer.from(state, 'base64url')).digest('hex')
