import { createHash, randomBytes } from 'node:crypto'
import { decrypt, encrypt, KEY_BYTES, Tampered } from '../../storage/aead.ts'
import { DueIndex } from '../../storage/due-index.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import type { ClientAuthentication } from './ask-as-client.ts'

interface Begun {
  readonly role: string
  /** Proves that the same client started the login. */
  readonly clientNonce: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** A login in progress with a browser, which the provider redirects. */
export interface BrowserLogin extends Begun {
  readonly redirectUri: string
  /** Must be in the provider's id_token. */
  readonly nonce: string
  /** PKCE code verifier. RFC 7636. */
  readonly verifier: string
}

/** A login in progress with the device flow. RFC 8628. */
export interface DeviceLogin extends Begun {
  readonly deviceCode: string
  /** How the provider has accepted this client. */
  readonly authentication: ClientAuthentication
  /** Seconds between polls. */
  readonly interval: number
  /** Seconds until the device code expires. */
  readonly lifetime: number
}

/** A login in progress at the provider. */
export type Pending = BrowserLogin | DeviceLogin

export const isDeviceLogin = (pending: Pending): pending is DeviceLogin => 'deviceCode' in pending

/** Milliseconds in which a login with a browser must be completed. */
const LOGIN_TIME = 5 * 60_000

/** Milliseconds for which a used state is kept, after which it has expired. A device code is used up at the provider as well. */
const KEPT = 2 * LOGIN_TIME

/** Seconds for which the state of a device is valid at most, however long its code is. */
const LONGEST_DEVICE_LOGIN = KEPT / 1000

const timeFor = (pending: Pending) =>
  isDeviceLogin(pending) ? Math.min(pending.lifetime, LONGEST_DEVICE_LOGIN) * 1000 : LOGIN_TIME

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
  if (!known || (await used.get(tx, stateId(state)))) return undefined
  try {
    const sealed = Buffer.from(state, 'base64url')
    const text = decrypt(Buffer.from(known.key, 'hex'), Buffer.from(mount), sealed)
    const pending = JSON.parse(text.toString()) as Pending
    return now.getTime() - pending.at < timeFor(pending) ? pending : undefined
  } catch (error) {
    if (!(error instanceof Tampered)) throw error
    return undefined
  }
}

/** Uses up a state. Of concurrent transactions with the same one, only one commits. */
export function spendState(tx: Tx, state: string, now: Date): void {
  used.put(tx, stateId(state), { at: now.getTime() })
  due.put(tx, now.getTime() + KEPT, stateId(state))
}

/** Invalidates all states. */
export const endAllStates = (tx: Tx): void => keys.delete(tx, 'key')

/** Deletes the records of at most `limit` used states that have expired anyway. */
export async function forgetStates(tx: Tx, now: Date, limit: number): Promise<void> {
  const dueAt = async (id: string) => {
    const found = await used.get(tx, id)
    return [found && found.at + KEPT]
  }
  for (const id of await due.overdue(tx, { now, limit, dueAt })) {
    const found = await used.take(tx, id)
    if (found) due.delete(tx, found.at + KEPT, id)
  }
}

/** Names a state without its secrets. Hashes the decoded bytes, since base64 has several encodings of the same bytes. */
export const stateId = (state: string) =>
  createHash('sha256').update(Buffer.from(state, 'base64url')).digest('hex')
