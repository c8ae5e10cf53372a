import { shown } from '../../shared/printable.ts'
import { ApiError } from '../api/errors.ts'
import type { Tx } from '../storage/transact.ts'
import { aliasOf, type Entity, entityOfName, findEntity } from './entities.ts'

/**
 * The entity that an administrator means: by its name or id, or else by its name in one of the auth methods with these accessors.
 * @throws {ApiError} invalid, if there is none, or more than one
 */
export async function entityMeant(
  tx: Tx,
  name: string,
  accessors: readonly string[],
): Promise<Entity> {
  const own = (await entityOfName(tx, name)) ?? (await findEntity(tx, name))
  if (own) return own
  const found = new Map<string, Entity>()
  for (const accessor of accessors) {
    const alias = await aliasOf(tx, accessor, name)
    const entity = alias && (await findEntity(tx, alias.entity))
    if (entity) found.set(entity.id, entity)
  }
  const [only, ...others] = found.values()
  if (!only)
    throw new ApiError(
      'invalid',
      `there is no entity ${shown(name)}, and nobody has logged in with that name: a user has an entity from the first login on`,
    )
  if (others.length > 0)
    throw new ApiError(
      'invalid',
      `${shown(name)} is the name of several users in auth methods; give the id of one: ${[...found.keys()].join(', ')}`,
    )
  return only
}
