import { expect } from 'chai'
import { addressesOf } from '../../../../engine/cli/ssh/addresses.ts'

describe('The addresses of a host that is named by one', () => {
  for (const [host, address] of [
    ['10.1.2.3', '10.1.2.3'],
    ['2001:DB8::1', '2001:db8::1'],
    ['fe80::1:2%eth0', 'fe80::1:2'],
    ['FE80::1%br-0.7', 'fe80::1'],
  ] as const)
    it(`are ${address} for ${host}`, async () =>
      expect(await addressesOf(host, undefined)).to.deep.equal([address]))
})
