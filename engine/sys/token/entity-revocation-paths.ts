import { string } from '../../../shared/field.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { endTokensOf } from '../../core/background/end-entity.ts'
import type { Core } from '../../core/core.ts'
import { findEntity } from '../../identity/entities.ts'
import type { Token } from '../../token/tokens.ts'

/** `revoke-entity`: ends what the tokens of one user or machine have. */
export const entityRevocation = (core: Core) =>
  endpoint({
    path: 'revoke-entity',
    sudo: true,
    summary: 'Revokes all tokens of an entity.',
    description:
      'Revokes the tokens that act for the entity, their child tokens and all of their leases. Looks at 10000 tokens at the most, for 20 seconds: "next" says where to go on. The entity must be disabled first, or it could log in again meanwhile. Orphan tokens that it has made are named and not revoked, and so are leases that could not be revoked yet. "unattributed" has the tokens of which is not known who made them: root tokens, orphans that these have made, and those of older versions.',
    fields: {
      entity_id: string({ default: '', required: true, description: 'Id of the entity.' }),
      after: string({ default: '', description: 'The "next" of the request before.' }),
    },
    plainReplyKeys: ['revoked', 'damaged'],
    operations: {
      update: async function revokeTokensOfEntity({ entity_id: id, after }, { tx }) {
        const entity = await findEntity(tx, id)
        if (!entity) throw new ApiError('invalid', 'entity not found from id')
        if (!entity.disabled)
          throw new ApiError(
            'invalid',
            'the entity is not disabled: write disabled=true to it first',
          )
        const ids = new Set([entity.id, ...(entity.mergedFrom ?? [])])
        return {
          async hostEffect() {
            const ended = await endTokensOf(core, ids, { after })
            return {
              data: {
                revoked: ended.count,
                tokens: ended.revoked.map(describe),
                orphans: ended.orphans.map(describe),
                unattributed: ended.unattributed.map(describe),
                damaged: ended.damaged,
                leases_left: ended.leasesLeft,
                leases_unattributed: ended.leasesUnattributed,
                ...(ended.next !== undefined && { next: ended.next }),
              },
            }
          },
        }
      },
    },
  })

const describe = ({ accessor, displayName, policies, path }: Token) => ({
  accessor,
  display_name: displayName,
  policies,
  path,
})
