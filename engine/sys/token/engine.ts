import { endpoint } from '../../api/endpoint.ts'
import type { Engine } from '../../api/engine.ts'
import { tidyTokens } from '../../core/background/tidy-tokens.ts'
import type { Core } from '../../core/core.ts'
import { entityRevocation } from './entity-revocation-paths.ts'
import { tokenCreate } from './token-create-paths.ts'
import { tokenLookup } from './token-lookup-paths.ts'
import { tokenRenewal } from './token-renewal-paths.ts'
import { tokenRevocation } from './token-revocation-paths.ts'
import { tokenRoles } from './token-role-paths.ts'

/** The engine of `auth/token`. Contract §4.4. */
export const tokens = (core: Core): Engine => ({
  type: 'token',
  seesWholeStore: true,
  description:
    'The token engine creates, looks up, renews and revokes the tokens that authenticate requests.',
  endpoints: [
    ...tokenCreate(core),
    ...tokenRoles,
    ...tokenLookup,
    ...tokenRenewal,
    ...tokenRevocation(core),
    entityRevocation(core),
    endpoint({
      path: 'tidy',
      summary: 'Deletes accessors whose token no longer exists.',
      description:
        'Runs in the background after the response is sent. The server log has the result.',
      fields: {},
      operations: {
        update: async function tidyAllTokens() {
          return {
            bare: { status: 202, body: undefined },
            afterCommit: async () => void tidyTokens(core),
          }
        },
      },
    }),
  ],
})
