import { expect } from 'chai'
import { assert, bigInt, constantFrom, integer, property } from 'fast-check'
import { IPv4, IPv6 } from 'ip-num'
import { type IpAddress, parseAddress, parseCidr } from '../../../shared/address.ts'
import { COMMON, namesOneHost } from '../../../shared/common-addresses.ts'

const names = (address: string, blocks: readonly string[]) =>
  namesOneHost(parseAddress(address) as IpAddress, blocks.map(parseCidr))

const SHARED = [
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
  for (const address of SHARED)
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

  it('knows them by their text as by their block', () => {
    const four = (number: bigint) => `${IPv4.fromNumber(number)}`
    const six = (number: bigint) => IPv6.fromBigInt(number).toString()
    // the first bits of each block, one more and one less, and any bits behind them
    const edges = ['0', '127', '169.254', '224', '239', '255.255.255.255', '1', '128', '223', '240']
    const starts = [
      '0:0',
      'fe80:0',
      'fe7f:ffff',
      'febf:ffff',
      'fec0:0',
      'ff00:0',
      'feff:0',
      'ffff:1',
    ]
    const same = (text: string) => {
      const address = parseAddress(text) as IpAddress
      for (const [block, texts] of COMMON)
        expect(texts.test(address), `${block} ${text}`).to.equal(parseCidr(block).contains(address))
    }
    assert(property(bigInt({ min: 0n, max: 2n ** 32n - 1n }), number => same(four(number))))
    assert(property(bigInt({ min: 0n, max: 2n ** 128n - 1n }), number => same(six(number))))
    assert(
      property(constantFrom(...edges), integer({ min: 0, max: 255 }), (edge, byte) =>
        same([...edge.split('.'), byte, byte, byte].slice(0, 4).join('.')),
      ),
    )
    assert(
      property(constantFrom(...starts), integer({ min: 0, max: 0xffff }), (start, group) =>
        same(`${start}::${group.toString(16)}`),
      ),
    )
    for (const text of ['::', '::1', '::2', '::ffff:127.0.0.1', '::7f00:1']) same(text)
  })
})
