import { Secret } from '../../../shared/secret.ts'
import { callerOf } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { saltedHash } from '../../api/salted-hash.ts'
import { revokeToken } from '../../core/background/revoke.ts'
import type { Core } from '../../core/core.ts'
import { childTokens, findToken, orphanToken, tokenOfAccessor } from '../../token/tokens.ts'
import { accessor, token } from './token-reference.ts'

/** The `revoke` paths. Contract §4.4. */
export const tokenRevocation = (core: Core) => [
  endpoint({
    path: 'revoke',
    summary: 'Revokes a token.',
    description: 'Revokes the token, its child tokens and all of their leases at once.',
    fields: { token },
    operations: {
      update: async function revokeTokenAndChildren({ token: text }, { mount }) {
        return { afterCommit: () => revokeToken(core, saltedHash(mount.salt, new Secret(text))) }
      },
    },
  }),
  endpoint({
    path: 'revoke-self',
    summary: "Revokes the caller's token.",
    description: 'Revokes the token, its child tokens and all of their leases at once.',
    fields: {},
    operations: {
      update: async function revokeOwnToken(_, call) {
        return { afterCommit: () => revokeToken(core, callerOf(call).token) }
      },
    },
  }),
  endpoint({
    path: 'revoke-accessor',
    summary: 'Revokes the token of an accessor.',
    description: 'Revokes the token, its child tokens and all of their leases at once.',
    fields: { accessor },
    operations: {
      update: async function revokeTokenOfAccessor({ accessor: name }, call) {
        const found = await tokenOfAccessor(call.tx, name, call.now)
        if (!found) return { warnings: ['No token found with this accessor'] }
        return { afterCommit: () => revokeToken(core, found.hash) }
      },
    },
  }),
  endpoint({
    path: 'revoke-orphan',
    sudo: true,
    summary: 'Revokes a token, but not its child tokens.',
    description: 'The child tokens become orphans. The leases of the token are revoked with it.',
    fields: { token },
    operations: {
      update: async function revokeTokenNotChildren({ token: text }, { tx, now, mount }) {
        const found = await findToken(tx, saltedHash(mount.salt, new Secret(text)), now)
        if (!found) throw new ApiError('invalid', 'token to revoke not found')
        for (const child of await childTokens(tx, found.hash)) await orphanToken(tx, child)
        return { afterCommit: () => revokeToken(core, found.hash) }
      },
    },
  }),
]
