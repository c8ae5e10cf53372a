import { expect } from 'chai'
import { Bed, expectEnd, PAM } from '../../support/helper.ts'
import { reply } from '../../support/hostile.ts'

describe('The helper, when an address was dialled that many hosts have', function () {
  this.timeout(30_000)

  const bed = new Bed()
  after(() => bed[Symbol.dispose]())

  for (const [address, blocks, end] of [
    ['127.0.0.1', undefined, 'denied'],
    ['127.0.0.1', '0.0.0.0/0', 'denied'],
    ['127.0.0.1', '10.1.2.0/24', 'denied'],
    ['127.0.0.1', '127.0.0.0/8', 'allowed'],
    ['::1', undefined, 'denied'],
    ['::1', '::/0', 'denied'],
    ['::1', '::1/128', 'allowed'],
    ['::ffff:127.0.0.1', '0.0.0.0/0,::/0', 'denied'],
    ['169.254.1.1', '0.0.0.0/0', 'denied'],
    ['fe80::1:2:3:4%eth0', undefined, 'denied'],
    ['fe80::1:2:3:4%eth0', '::/0', 'denied'],
    ['fe80::1:2:3:4%eth0', 'fe80::/10', 'allowed'],
    ['10.1.2.3', '0.0.0.0/0', 'allowed'],
  ] as const)
    it(`${end} a password for ${address} with allowed_cidr_list ${blocks ?? 'left out'}`, async () => {
      await using engine = await bed.engine((_, { otp }) =>
        otp === 'verify-echo-request'
          ? reply(200, { data: { message: 'verify-echo-response' } })
          : reply(200, {
              data: { username: 'alice', ip: address.split('%')[0], role_name: 'ops' },
            }),
      )
      const ended = await bed.run({
        engines: [engine],
        settings: { allowed_cidr_list: blocks },
        env: { ...PAM, SSH_CONNECTION: `${address} 50000 ${address} 22` },
      })
      expectEnd(ended, end)
      expect(engine.requests).to.equal(1)
    })
})
