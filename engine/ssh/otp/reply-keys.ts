import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { publicKeyIn } from '../../../shared/ed25519.ts'
import type { KeyState } from '../../../shared/verify-signature.ts'
import type { RevokeCall } from '../../api/engine.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'

/** A key that replies of `verify` are signed with. */
export interface ReplyKey {
  /** As signatures name it: see {@link publicKeyIn}. */
  readonly id: string
  /** `ed25519:` and the public half in base64. */
  readonly publicKey: string
  /** PKCS#8 in PEM. Secret: it leaves the store for signing only. */
  readonly privateKey: string
  readonly state: KeyState
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** The first version of the set that has it. */
  readonly since: number
}

/** The keys of a mount, the oldest first. One of them is active. */
export interface ReplyKeys {
  /** Grows with every change. */
  readonly version: number
  readonly keys: readonly ReplyKey[]
}

const table = new Table<ReplyKeys>('verify-keys/', { cached: true })

const ALL = 'all'

/** None only where a node of an older version has made the mount. */
export const replyKeys = (tx: Tx): Promise<ReplyKeys | undefined> => table.get(tx, ALL)

/** The key that signs now. */
export const activeReplyKey = async (tx: Tx): Promise<ReplyKey | undefined> =>
  activeOf(await replyKeys(tx))

/** That of a set. */
export const activeOf = (all: ReplyKeys | undefined): ReplyKey | undefined =>
  all?.keys.find(({ state }) => state === 'active')

/** Makes the first key of a mount that has none. */
export async function requireReplyKeys({
  tx,
  now,
}: Pick<RevokeCall, 'tx' | 'now'>): Promise<ReplyKeys> {
  const found = await replyKeys(tx)
  if (found) return found
  const made = { version: 1, keys: [newKey('active', { now, since: 1 })] }
  table.put(tx, ALL, made)
  return made
}

/** Adds a key that hosts shall trust before it signs. */
export function stageReplyKey(tx: Tx, { version, keys }: ReplyKeys, now: Date): ReplyKey {
  const staged = newKey('staged', { now, since: version + 1 })
  table.put(tx, ALL, { version: version + 1, keys: [...keys, staged] })
  return staged
}

/** Has the staged key sign from now on. The one that did so until now stays trusted. */
export function activateReplyKey(tx: Tx, { version, keys }: ReplyKeys): void {
  const next = { staged: 'active', active: 'retiring', retiring: 'retiring' } as const
  const moved = keys.map(key => ({ ...key, state: next[key.state] }))
  table.put(tx, ALL, { version: version + 1, keys: moved })
}

/** More than the changes of a set between a backup and its restore. */
const LEAP = 2 ** 32

/**
 * Makes the version greater than any that hosts have of the set before an older copy of the storage was restored: they would keep theirs,
 * and what they report would confirm keys that they do not have.
 */
export async function leapReplyKeys(tx: Tx): Promise<void> {
  const all = await replyKeys(tx)
  if (all) table.put(tx, ALL, { ...all, version: all.version + LEAP })
}

/** Takes a key out of the set: hosts stop trusting it when they have fetched the new set. */
export const removeReplyKey = (tx: Tx, { version, keys }: ReplyKeys, id: string): void =>
  table.put(tx, ALL, { version: version + 1, keys: keys.filter(key => key.id !== id) })

/** The parsed keys of records in memory: forgotten with the record, when the store is sealed or the record has changed. */
const parsed = new WeakMap<ReplyKey, KeyObject>()

export function privateKeyOf(key: ReplyKey): KeyObject {
  const known = parsed.get(key)
  if (known) return known
  const read = createPrivateKey(key.privateKey)
  parsed.set(key, read)
  return read
}

function newKey(
  state: KeyState,
  { now, since }: { readonly now: Date; readonly since: number },
): ReplyKey {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { id, text } = publicKeyIn(privateKey)
  return {
    id,
    publicKey: text,
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    state,
    createdAt: now.getTime(),
    since,
  }
}
