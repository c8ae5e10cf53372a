import { createHash, randomBytes } from 'node:crypto'
import { decrypt, encrypt, KEY_BYTES, Tampered } from '../../storage/aead.ts'
import { DueIndex } from '../../storage/due-index.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'

/** A login that is under way at the provider. */
export interface Pending {
  readonly role: string
  readonly redirectUri: string
  /** Comes back in the provider's token. */
  readonly nonce: string
  /** Proves to the provider that we are who began. RFC 7636. */
  readonly verifier: string
  /** Proves to us that the client is the one who began. */
  readonly clientNonce: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Milliseconds that a person has for logging in. */
const LOGIN_TIME = 5 * 60_000

const keys = new Table<{ readonly key: string }>('state-key/')
const used = new Table<{ readonly at: number }>('state-used/')
const due = new DueIndex('state-due/')

/**
 * All that is to be known of a login under way, as a text that only this mount can read: the provider and the browser carry it, so
 * that strangers who begin logins leave nothing behind, and any node can end them.
 */
export async function sealState(tx: Tx, mount: string, pending: Pending): Promise<string> {
  const known = await keys.get(tx, 'key')
  const key = known?.key ?? randomBytes(KEY_BYTES).toString('hex')
  if (!known) keys.put(tx, 'key', { key })
  const text = Buffer.from(JSON.stringify(pending))
  return encrypt(Buffer.from(key, 'hex'), Buffer.from(mount), text).toString('base64url')
}

/** The login that a state stands for, if it is not too old and has not been ended. */
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

/** Ends a login. Of those who end the same one at once, only one commits. */
export function spendState(tx: Tx, state: string, now: Date): void {
  used.put(tx, idOf(state), { at: now.getTime() })
  due.put(tx, now.getTime() + 2 * LOGIN_TIME, idOf(state))
}

/** Ends all logins that are under way. */
export const endAllStates = (tx: Tx): void => keys.delete(tx, 'key')

/** Forgets at most `limit` states that are too old to be of use. */
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

// of what it stands for: base64 can be written in many ways
const idOf = (state: string) =>
  createHash('sha256').update(Buffer.from(state, 'base64url')).digest('hex')
