import { randomUUID } from 'node:crypto'
import type { Secret } from '../../../shared/secret.ts'
import { ApiError } from '../../api/errors.ts'
import { saltedHash } from '../../api/salted-hash.ts'
import { DueIndex } from '../../storage/due-index.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import type { Role } from './roles.ts'

/** What a machine shows to log in, as it is stored: hashed. Times are milliseconds since 1970, spans are seconds. */
export interface SecretId {
  readonly hash: string
  /** Names it to those who may manage it but not use it. */
  readonly accessor: string
  /** Logins it is still good for; any number when 0. */
  readonly numUses: number
  readonly ttl: number
  /** Blocks of addresses from which it may be used; any where it is empty. */
  readonly cidrList: readonly string[]
  /** Blocks that the token is bound to, besides those of the role. */
  readonly tokenBoundCidrs: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
  readonly createdAt: number
  readonly updatedAt: number
  /** None for one that has no end. */
  readonly expiresAt: number | undefined
}

/** By the id of the role and the hash. */
const secretIds = new Table<SecretId>('secret-id/')
const byAccessor = new Table<{ readonly role: string; readonly hash: string }>('accessor/')
const due = new DueIndex('due/')

/**
 * Stores a new secret id.
 * @throws {ApiError} invalid, if the role has it already
 */
export async function putSecretId(
  tx: Tx,
  role: Role,
  {
    salt,
    secretId,
    now,
    ...given
  }: Pick<SecretId, 'numUses' | 'ttl' | 'cidrList' | 'tokenBoundCidrs' | 'metadata'> & {
    readonly salt: string
    readonly secretId: Secret
    readonly now: Date
  },
): Promise<SecretId> {
  const [hash, at] = [saltedHash(salt, secretId), now.getTime()]
  if (await secretIds.get(tx, `${role.id}/${hash}`))
    throw new ApiError('invalid', 'SecretID is already registered')
  const record: SecretId = {
    ...given,
    hash,
    accessor: randomUUID(),
    createdAt: at,
    updatedAt: at,
    expiresAt: given.ttl > 0 ? at + given.ttl * 1000 : undefined,
  }
  secretIds.put(tx, `${role.id}/${hash}`, record)
  byAccessor.put(tx, record.accessor, { role: role.id, hash })
  if (record.expiresAt !== undefined) due.put(tx, record.expiresAt, `${role.id}/${hash}`)
  return record
}

/** The secret id, if the role has it and its time is not over. */
export async function findSecretId(
  tx: Tx,
  role: Role,
  { salt, secretId, now }: { readonly salt: string; readonly secretId: Secret; readonly now: Date },
): Promise<SecretId | undefined> {
  return live(await secretIds.get(tx, `${role.id}/${saltedHash(salt, secretId)}`), now)
}

/** The secret id of a role that an accessor names. */
export async function secretIdOfAccessor(
  tx: Tx,
  role: Role,
  { accessor, now }: { readonly accessor: string; readonly now: Date },
): Promise<SecretId | undefined> {
  const entry = accessor.includes('/') ? undefined : await byAccessor.get(tx, accessor)
  if (entry?.role !== role.id) return undefined
  return live(await secretIds.get(tx, `${role.id}/${entry.hash}`), now)
}

/** Takes one off the logins that a secret id is good for. Of those who take the last one at once, only one commits. */
export function useSecretId(tx: Tx, role: Role, found: SecretId, now: Date): void {
  if (found.numUses === 1) deleteSecretId(tx, role.id, found)
  else if (found.numUses > 1)
    secretIds.put(tx, `${role.id}/${found.hash}`, {
      ...found,
      numUses: found.numUses - 1,
      updatedAt: now.getTime(),
    })
}

export function deleteSecretId(tx: Tx, role: string, found: SecretId): void {
  secretIds.delete(tx, `${role}/${found.hash}`)
  byAccessor.delete(tx, found.accessor)
  if (found.expiresAt !== undefined) due.delete(tx, found.expiresAt, `${role}/${found.hash}`)
}

/** The accessors of the secret ids of a role. */
export async function secretIdAccessors(tx: Tx, role: Role, now: Date): Promise<string[]> {
  const accessors: string[] = []
  for (const hash of await secretIds.list(tx, `${role.id}/`)) {
    const found = live(await secretIds.get(tx, `${role.id}/${hash}`), now)
    if (found) accessors.push(found.accessor)
  }
  return accessors.sort()
}

/** Deletes at most `limit` secret ids whose time is over. */
export async function deleteOverdue(tx: Tx, now: Date, limit: number): Promise<void> {
  const dueAt = async (key: string) => [(await secretIds.get(tx, key))?.expiresAt]
  for (const key of await due.overdue(tx, { now, limit, dueAt })) {
    const found = await secretIds.get(tx, key)
    if (found) deleteSecretId(tx, key.slice(0, key.indexOf('/')), found)
  }
}

/**
 * Deletes those that are good for a number of logins only, of at most `limit` that come behind an accessor. Gives the accessor to go on
 * behind, if there may be more.
 */
export async function deleteLimited(
  tx: Tx,
  after: string,
  limit: number,
): Promise<string | undefined> {
  const accessors = await byAccessor.list(tx, '', { after, limit })
  for (const accessor of accessors) {
    const { role = '', hash = '' } = (await byAccessor.get(tx, accessor)) ?? {}
    const found = await secretIds.get(tx, `${role}/${hash}`)
    if (found && found.numUses > 0) deleteSecretId(tx, role, found)
  }
  return accessors.length === limit ? accessors.at(-1) : undefined
}

/** Deletes at most `limit` secret ids of a role that is gone. Gives how many. */
export async function deleteOfRole(tx: Tx, role: string, limit: number): Promise<number> {
  const hashes = await secretIds.list(tx, `${role}/`, { limit })
  for (const hash of hashes) {
    const found = await secretIds.get(tx, `${role}/${hash}`)
    if (found) deleteSecretId(tx, role, found)
  }
  return hashes.length
}

const live = (found: SecretId | undefined, now: Date) =>
  found && (found.expiresAt === undefined || found.expiresAt > now.getTime()) ? found : undefined
