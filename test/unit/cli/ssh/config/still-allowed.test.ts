import { expect } from 'chai'
import { RequestError } from '../../../../../engine/cli/request-error.ts'
import type { Connections } from '../../../../../engine/cli/ssh/config/connections.ts'
import type { Prepared } from '../../../../../engine/cli/ssh/config/role-for.ts'
import { endIfRefused } from '../../../../../engine/cli/ssh/config/still-allowed.ts'
import { cases } from '../../../../support/cases.ts'

const url = new URL('http://127.0.0.1/v1/sys/capabilities-self')
const refused = (status: number, error: string) =>
  new RequestError({ method: 'PUT', url, status, errors: [error], text: '', advice: undefined })

describe('An open connection', () => {
  for (const [what, reply, is] of cases([
    ['the policy still allows it', { data: { 'ssh/creds/web': ['update'] } }, 'confirmed'],
    ['the token is root', { data: { 'ssh/creds/web': ['root'] } }, 'confirmed'],
    ['no policy allows it any more', { data: { 'ssh/creds/web': ['deny'] } }, 'closed'],
    ['the answer makes no sense', { data: {} }, 'closed'],
    ['the token was revoked', refused(403, 'permission denied'), 'closed'],
    [
      'no policy allows the question',
      refused(403, '1 error occurred:\n\t* permission denied\n\n'),
      'confirmed',
    ],
    ['the engine is sealed', refused(503, 'Vault is sealed'), 'confirmed'],
    ['the engine does not answer', new Error('no answer'), 'confirmed'],
  ] as const))
    it(`is ${is} where ${what}`, async () => {
      const seen: string[] = []
      const client = {
        write: async () => {
          if (reply instanceof Error) throw reply
          return reply
        },
      }
      const connections = {
        unconfirmed: 'web',
        confirm: () => seen.push('confirmed'),
        close: async () => seen.push('closed'),
      } as unknown as Connections
      await endIfRefused(connections, { client, mount: 'ssh' } as unknown as Prepared)
      expect(seen).to.deep.equal([is])
    })
})
