import type { Caller } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import type { Rights } from '../../api/rights.ts'
import { entityOfName, findEntity } from '../../identity/entities.ts'
import type { Tx } from '../../storage/transact.ts'
import type { Core } from '../core.ts'
import { type EffectivePolicies, effectivePolicies } from './effective-policies.ts'

/**
 * What a caller may do, or, by name or id, what an entity may do that has logged in: with the policies of itself and its groups, and
 * `default`, which every login adds unless its method does not.
 * @throws {ApiError} invalid, if there is no such entity; denied, if it is disabled
 */
export async function rightsOf(
  core: Core,
  tx: Tx,
  { caller, named }: { readonly caller: Caller; readonly named: string | undefined },
): Promise<Rights> {
  const now = core.now()
  if (named === undefined) {
    const { entity: id } = caller
    return rights(core, tx, await effectivePolicies(tx, caller, now), id)
  }
  const entity = (await entityOfName(tx, named)) ?? (await findEntity(tx, named))
  if (!entity) throw new ApiError('invalid', `there is no entity ${JSON.stringify(named)}`)
  if (entity.disabled)
    throw new ApiError('invalid', `entity ${JSON.stringify(entity.name)} is disabled`)
  const subject = await effectivePolicies(tx, { policies: ['default'], entity: entity.id }, now)
  return rights(core, tx, subject, entity.id)
}

async function rights(
  core: Core,
  tx: Tx,
  subject: EffectivePolicies,
  id: string | undefined,
): Promise<Rights> {
  const acl = await core.policies.acl(tx, subject)
  const entity = id === undefined ? undefined : await findEntity(tx, id)
  return {
    judge({ path, data }) {
      const fields = core.mounts.find(path, 'update')?.endpoint?.fields
      return acl.judge({ operation: 'update', path, data, ...(fields && { fields }) })
    },
    render: subject.render,
    entity: entity?.name,
  }
}
