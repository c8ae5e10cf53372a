import { expect } from 'chai'
import { ConnectionError } from '../../../engine/cli/connection-error.ts'

describe('An engine that cannot be reached', () => {
  for (const [code, reason] of [
    ['ECONNREFUSED', 'connection refused'],
    ['EHOSTUNREACH', 'no route to the host'],
    ['ENETUNREACH', 'no route to its network'],
  ] as const)
    it(`is said with what to do, without ${code}`, () => {
      const cause = Object.assign(new Error(`connect ${code} 10.1.2.3:8200`), { code })
      const url = new URL('https://10.1.2.3:8200/v1/a')
      const { message } = new ConnectionError({ url, deadline: 1000, proxy: undefined }, cause)
      expect(message).to.match(
        new RegExp(`^no answer from https://10.1.2.3:8200: ${reason}\n\nIs the server running`),
      )
    })
})
