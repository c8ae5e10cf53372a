import { endpoint } from '../../engine/api/endpoint.ts'
import type { Engine } from '../../engine/api/engine.ts'
import type { Login } from '../../engine/api/login.ts'
import { string } from '../../shared/field.ts'

/** What tokens are like where a method says nothing of them. */
export const PLAIN: Login['token'] = {
  policies: [],
  noDefaultPolicy: false,
  ttl: 0,
  maxTtl: 0,
  explicitMaxTtl: 0,
  period: 0,
  numUses: 0,
  boundCidrs: [],
  type: 'default',
}

/** An auth method that believes everybody, and says of them what `more` says. */
export const believing = (more: () => Partial<Login>): Engine => ({
  type: 'believing',
  description: 'Believes everybody.',
  endpoints: [
    endpoint({
      path: 'login/:name',
      access: 'public',
      summary: 'Logs anybody in.',
      description: 'Under any name.',
      fields: { name: string({ default: '', description: 'Name.' }) },
      operations: {
        async update({ name }) {
          const login: Login = {
            alias: { name },
            displayName: `believing-${name}`,
            metadata: { name },
            token: PLAIN,
            ...more(),
          }
          return { login }
        },
      },
    }),
  ],
})
