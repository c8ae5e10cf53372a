import { expect } from 'chai'
import { sourceAddresses } from '../../../engine/openssh/source-address.ts'
import { Keygen } from '../../support/keygen.ts'

describe('The value of a source-address option', () => {
  const keygen = new Keygen()
  const { line } = keygen.key('-t', 'ed25519')
  after(() => keygen[Symbol.dispose]())

  for (const [given, expected] of [
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.0.0.0/8, 192.168.0.0/16', '10.0.0.0/8,192.168.0.0/16'],
    [' 10.1.2.3/8 ,\t192.168.7.9/20,', '10.0.0.0/8,192.168.0.0/20'],
    [',,10.1.2.3', '10.1.2.3'],
    ['10.1.2.3/32,10.1.2.3/0', '10.1.2.3/32,0.0.0.0/0'],
    ['10.0.0.0/255.0.0.0', '10.0.0.0/8'],
    ['10.1.2.3/255.255.240.0', '10.1.0.0/20'],
    ['10.1.2.3/255.255.255.255,10.1.2.3/0.0.0.0', '10.1.2.3/32,0.0.0.0/0'],
    ['2001:DB8:0::1/32', '2001:db8::/32'],
    ['fd00:1:2:3:4:5:6:7/57', 'fd00:1:2::/57'],
    ['2001:db8::1', '2001:db8::1'],
    ['::/0', '::/0'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
  ] as const)
    it(`is ${JSON.stringify(expected)} for ${JSON.stringify(given)}, which OpenSSH takes`, () => {
      expect(sourceAddresses(given)).to.equal(expected)
      const words = ['-I', 'id', '-n', 'ann', '-O', `source-address=${expected}`]
      expect(keygen.certificate(keygen.signed(line, words)).criticalOptions).to.deep.equal([
        `source-address ${expected}`,
      ])
    })

  for (const given of [
    ...['', ' , ', 'office', '10.0.0.0/33', '10.0.0.0/08', '10.0.0/8', '10.0.0.0/', '/8'],
    ...['10.0.0.0/255.0.255.0', '10.0.0.0/0.0.0.255', '!10.0.0.1', '10.0.0.*', 'fe80::1%eth0'],
    ...[
      '::ffff:10.0.0.0/64',
      '::ffff:10.0.0.0/129',
      '::1/129',
      '10.0.0.0/8/8',
      '10.0.0.1 10.0.0.2',
    ],
    ...['2001:db8::/255.255.0.0', '010.0.0.1'],
  ])
    it(`is refused as ${JSON.stringify(given)}`, () =>
      expect(() => sourceAddresses(given)).to.throw(/names no address|neither an address/))
})
