import { expect } from 'chai'
import { Bed, expectEnd, HERE, OTP, type Run } from '../../support/helper.ts'
import { type Conduct, reply } from '../../support/hostile.ts'

const BASE32 = '001111-abcdef-0000hk'
const BOTH = { otp_formats: ['uuid', 'base32'] }

describe('A one-time password that people type', function () {
  this.timeout(30_000)

  const bed = new Bed()
  after(() => bed[Symbol.dispose]())

  /** What the engine is asked with, and how the login ends. */
  const login = async (input: string, settings: NonNullable<Run['settings']>) => {
    const asked: unknown[] = []
    const conduct: Conduct = (_, { otp, nonce }) => {
      asked.push(otp)
      return otp === 'verify-echo-request'
        ? reply(200, { data: { message: 'verify-echo-response', nonce } })
        : reply(200, { data: { username: 'alice', ip: HERE, role_name: 'ops', nonce } })
    }
    await using engine = await bed.engine(conduct)
    return { ended: await bed.run({ engines: [engine], input, settings }), asked }
  }

  for (const input of [BASE32, 'OO1I1L ABCDEF oooohk', '001111abcdef0000hk', `  ${BASE32}\n`])
    it(`is sent as it was issued when typed as ${JSON.stringify(input)}`, async () => {
      const { ended, asked } = await login(input, BOTH)
      expectEnd(ended, 'allowed')
      expect(asked).to.deep.equal([BASE32])
      expect(ended.log + ended.stderr).not.to.include(BASE32)
    })

  for (const [what, input, settings] of [
    ['where the host allows UUIDs only', BASE32, {}],
    ['with a typing error', BASE32.replace('abc', 'acb'), BOTH],
    ['with a symbol too few', BASE32.slice(0, -1), BOTH],
  ] as const)
    it(`never leaves the host ${what}`, async () => {
      const { ended, asked } = await login(input, settings)
      expectEnd(ended, 'input')
      expect(asked).to.deep.equal(['verify-echo-request'])
      expect(ended.log).not.to.include(input)
    })

  it('may be the only kind that a host sends', async () => {
    const { ended, asked } = await login(OTP, { otp_formats: 'base32' })
    expectEnd(ended, 'input')
    expect(asked).to.deep.equal(['verify-echo-request'])
  })

  for (const formats of [[], '', ['base64']])
    it(`is not looked for with otp_formats = ${JSON.stringify(formats)}`, async () => {
      const { ended, asked } = await login(OTP, { otp_formats: formats })
      expectEnd(ended, 'settings')
      expect(asked).to.deep.equal([])
    })
})
