import { endpoint } from '../../api/endpoint.ts'
import type { Engine } from '../../api/engine.ts'
import { tidyTokens } from '../../core/background/tidy-tokens.ts'
import type { Core } from '../../core/core.ts'
import { tokenCreate } from './token-create-paths.ts'
import { tokenLookup } from './token-lookup-paths.ts'
import { tokenRenewal } from './token-renewal-paths.ts'
import { tokenRevocation } from './token-revocation-paths.ts'
import { tokenRoles } from './token-role-paths.ts'

/** The engine behind `auth/token`: tokens that are made by tokens. Contract §4.4. */
export const tokens = (core: Core): Engine => ({
  type: 'token',
  seesWholeStore: true,
  description:
    'The token engine makes, shows, renews and revokes the tokens that requests are made with.',
  endpoints: [
    ...tokenCreate(core),
    ...tokenRoles,
    ...tokenLookup,
    ...tokenRenewal,
    ...tokenRevocation(core),
    endpoint({
      path: 'tidy',
      summary: 'Looks through all accessors, and forgets those whose token is gone.',
      description: 'It goes on behind the answer; the log says what was found.',
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
