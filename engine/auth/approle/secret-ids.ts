import { randomUUID } from 'node:crypto'
import type { Secret } from '../../../shared/secret.ts'
import { ApiError } from '../../api/errors.ts'
import { saltedHash } from '../../api/salted-hash.ts'
import { DueIndex } from '../../storage/due-index.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import type { Role } from './roles.ts'

/** A secret id as it is stored, hashed. Times are milliseconds since 1970, durations are in seconds. */
export interface SecretId {
  readonly hash: string
  /** With this it can be managed, but not used. */
  readonly accessor: string
  /** Number of logins that are left; 0 for unlimited. */
  readonly numUses: number
  readonly ttl: number
  /** CIDR blocks from which it can be used; empty for any address. */
  readonly cidrList: readonly string[]
  /** CIDR blocks to which tokens are bound in addition to those of the role. */
  readonly tokenBoundCidrs: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
  readonly createdAt: number
  readonly updatedAt: number
  /** Absent if it does not expire. */
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

/** The secret id, if it belongs to the role and has not expired. */
export async function findSecretId(
  tx: Tx,
  role: Role,
  { salt, secretId, now }: { readonly salt: string; readonly secretId: Secret; readonly now: Date },
): Promise<SecretId | undefined> {
  return live(await secretIds.get(tx, `${role.id}/${saltedHash(salt, secretId)}`), now)
}

/** The secret id of an accessor, if it belongs to the role and has not expired. */
export async function secretIdOfAccessor(
  tx: Tx,
  role: Role,
  { accessor, now }: { readonly accessor: string; readonly now: Date },
): Promise<SecretId | undefined> {
  const entry = accessor.includes('/') ? undefined : await byAccessor.get(tx, accessor)
  if (entry?.role !== role.id) return undefined
  return live(await secretIds.get(tx, `${role.id}/${entry.hash}`), now)
}

/** Uses up one login of a secret id. Of concurrent transactions that use the last one, only one commits. */
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

/** Deletes at most `limit` expired secret ids. */
export async function deleteOverdue(tx: Tx, now: Date, limit: number): Promise<void> {
  const dueAt = async (key: string) => [(await secretIds.get(tx, key))?.expiresAt]
  for (const key of await due.overdue(tx, { now, limit, dueAt })) {
    const found = await secretIds.get(tx, key)
    if (found) deleteSecretId(tx, key.slice(0, key.indexOf('/')), found)
  }
}

/**
 * Deletes secret ids with limited uses, among at most `limit` whose accessors come after the given one. Returns the accessor after which
 * to continue, if there may be more.
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

/** Deletes at most `limit` secret ids of a deleted role. Returns how many. */
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
