import type { Caller } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import type { Rights, Thought } from '../../api/rights.ts'
import { findEntity } from '../../identity/entities.ts'
import { entityMeant } from '../../identity/entity-meant.ts'
import type { Acl } from '../../policy/acl.ts'
import { policyNames } from '../../policy/policies.ts'
import type { Tx } from '../../storage/transact.ts'
import type { Core } from '../core.ts'
import { type EffectivePolicies, effectivePolicies } from './effective-policies.ts'

/**
 * What a caller may do, or what an entity may do that has logged in, by its name, its id or its name in an auth method: with the
 * policies of itself and its groups, and `default`, which every login adds unless its method does not.
 * @throws {ApiError} invalid, if there is no such entity, or it is disabled
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
  const methods = core.mounts.all.filter(({ path }) => path.startsWith('auth/'))
  const accessors = methods.map(({ accessor }) => accessor)
  const entity = await entityMeant(tx, named, accessors)
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
  const judge = ({ path, data }: Thought, by: Acl) => {
    const fields = core.mounts.find(path, 'update')?.endpoint?.fields
    const parameters = data ? { data } : { data: {}, anyParameters: true as const }
    return by.judge({ operation: 'update', path, ...parameters, ...(fields && { fields }) })
  }
  return {
    judge: thought => judge(thought, acl),
    reaches: prefix => acl.reaches(prefix),
    async policiesAllowing(thoughts) {
      const found: string[] = []
      for (const name of await policyNames(tx)) {
        const alone = await core.policies.acl(tx, { policies: [name] })
        if (thoughts.some(thought => judge(thought, alone).allowed)) found.push(name)
      }
      return found
    },
    render: subject.render,
    entity: entity?.name,
  }
}
