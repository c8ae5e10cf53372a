import type { Login } from '../api/login.ts'
import type { Tx } from '../storage/transact.ts'
import { requireNotDisabled } from './disabled.ts'
import { type EffectiveIdentity, effectiveIdentity } from './effective-identity.ts'
import { aliasOf, newAlias, newEntity, putAlias } from './entities.ts'
import { setExternalGroups } from './groups.ts'

/**
 * The entity of an authenticated login; it is created at the first login.
 * @throws {ApiError} denied, if it is disabled
 */
export async function entityForLogin(
  tx: Tx,
  { alias: { name, metadata = {} }, groups }: Pick<Login, 'alias' | 'groups'>,
  { mount, now }: { readonly mount: string; readonly now: Date },
): Promise<EffectiveIdentity & { readonly isNew: boolean }> {
  const known = await aliasOf(tx, mount, name)
  if (!known) await requireNotDisabled(tx, { mount, name })
  const alias =
    known ?? (await newAlias(tx, await newEntity(tx, { now }), { name, mount, metadata, now }))
  if (known && !same(known.metadata, metadata))
    await putAlias(tx, { ...known, metadata, updatedAt: now.getTime() }, known)
  if (groups) await setExternalGroups(tx, alias.entity, { mount, names: groups, now })
  return { ...(await effectiveIdentity(tx, alias.entity)), isNew: !known }
}

const same = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>) =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([key, value]) => b[key] === value)
