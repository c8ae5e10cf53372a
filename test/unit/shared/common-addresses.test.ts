import { expect } from 'chai'
import { type IpAddress, parseAddress, parseCidr } from '../../../shared/address.ts'
import { namesOneHost } from '../../../shared/common-addresses.ts'

const names = (address: string, blocks: readonly string[]) =>
  namesOneHost(parseAddress(address) as IpAddress, blocks.map(parseCidr))

const COMMON = [
  ...['0.0.0.0', '0.1.2.3', '127.0.0.1', '127.255.255.254', '169.254.169.254', '224.0.0.1'],
  ...['239.255.255.255', '255.255.255.255', '::', '::1', 'fe80::1', 'febf::1', 'ff02::1'],
  ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::FFFF:169.254.0.1', '0:0:0:0:0:0:0:1'],
]
const OWN = [
  ...['1.0.0.0', '10.1.2.3', '126.255.255.255', '128.0.0.1', '169.253.255.255', '169.255.0.0'],
  ...[
    '192.168.0.1',
    '223.255.255.255',
    '2001:db8::1',
    'fc00::1',
    'fec0::1',
    '::2',
    '::ffff:10.1.2.3',
  ],
]

describe('namesOneHost', () => {
  for (const address of COMMON)
    it(`knows that many hosts have ${address}`, () => {
      expect(names(address, [])).to.equal(false)
      expect(names(address, ['0.0.0.0/0', '::/0', '0.0.0.0/1', '128.0.0.0/1'])).to.equal(false)
    })

  for (const address of OWN)
    it(`lets ${address} stand for one host`, () => {
      expect(names(address, [])).to.equal(true)
    })

  for (const [address, block, expected] of [
    ['127.0.0.1', '127.0.0.0/8', true],
    ['127.0.0.1', '127.0.0.1/32', true],
    ['127.0.0.1', '127.0.0.2/32', false],
    ['127.0.0.1', '126.0.0.0/7', false],
    ['::ffff:127.0.0.1', '127.0.0.0/24', true],
    ['169.254.1.1', '169.254.0.0/16', true],
    ['169.254.1.1', '169.0.0.0/8', false],
    ['169.254.1.1', '127.0.0.0/8', false],
    ['::1', '::1/128', true],
    ['::1', '::/127', false],
    ['fe80::1', 'fe80::/10', true],
    ['fe80::1', 'fe80::/9', false],
    ['10.1.2.3', '127.0.0.0/8', true],
  ] as const)
    it(`says ${expected} for ${address} where ${block} is allowed`, () => {
      expect(names(address, [block])).to.equal(expected)
    })
})
