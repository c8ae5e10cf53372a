import { randomUUID } from 'node:crypto'
import type { Secret } from '../../../shared/secret.ts'
import { builtinMounts } from '../../core/core.ts'
import type { Mount } from '../../core/mount.ts'
import type { Mounts } from '../../core/mounts.ts'
import { newNames } from '../../identity/identity-names.ts'
import { keepPolicies } from '../../policy/policies.ts'
import { Missing } from '../../storage/kept-table.ts'
import { Table } from '../../storage/table.ts'
import type { Tx } from '../../storage/transact.ts'
import { mountAlone } from '../mount/mount-check.ts'
import { rootToken } from './root-token.ts'

const cluster = new Table<{ readonly id: string }>('core/')

/** Writes the initial data of a new store: the built-in mounts, the cluster id and a root token. */
export async function bootstrap(
  tx: Tx,
  { mounts, now, token }: { readonly mounts: Mounts; readonly now: Date; readonly token: Secret },
): Promise<Secret> {
  for (const mount of builtinMounts()) {
    await mounts.put(tx, mount)
    if (mount.type === 'token') rootToken(tx, { salt: mount.salt, now, token })
  }
  await keepPolicies(tx)
  newNames(tx)
  cluster.put(tx, 'cluster', { id: randomUUID() })
  return token
}

/** Adds built-in mounts that a store of an older version lacks. @throws {Missing} if one was deleted from the storage */
export async function mountMissing(tx: Tx, mounts: Mounts): Promise<void> {
  const before = await missing(tx, mounts)
  if (before.length === 0) return
  const { lost } = await mounts.storedAndLost(tx)
  const gone = before.find(({ path }) => lost.includes(path))
  // a new mount in its place would not know the tokens of the old one
  if (gone) throw new Missing(gone.path, undefined)
  await mountAlone(tx)
  // another node may have added them already
  for (const mount of await missing(tx, mounts)) await mounts.put(tx, mount)
}

async function missing(tx: Tx, mounts: Mounts): Promise<readonly Mount[]> {
  const stored = await mounts.stored(tx)
  return builtinMounts().filter(mount => !stored.some(({ path }) => path === mount.path))
}

/** UUID of the storage, the same on every node. */
export async function clusterId(tx: Tx): Promise<string> {
  return (await cluster.get(tx, 'cluster'))?.id ?? ''
}
