import { expect } from 'chai'
import { inBoth, isSubset, isWithin } from '../../../engine/token/bound-cidrs.ts'

describe('The blocks that a token is bound to', () => {
  for (const [blocks, from, within] of [
    [[], '192.0.2.1', true],
    [['192.0.2.0/24'], '192.0.2.1', true],
    [['198.51.100.0/24', '192.0.2.1'], '192.0.2.1', true],
    [['192.0.2.1'], '192.0.2.2', false],
    [['2001:db8::/32'], '192.0.2.1', false],
    [['0.0.0.0/0', '::/0'], '', false],
    [['0.0.0.0/0', '::/0'], 'unix', false],
  ] as const)
    it(`${within ? 'hold' : 'do not hold'} ${JSON.stringify(from)}: ${blocks.join(', ') || 'all addresses'}`, () => {
      expect(isWithin(blocks, from)).to.equal(within)
    })

  for (const [blocks, of, subset] of [
    [[], [], true],
    [['192.0.2.0/24'], [], true],
    [['192.0.2.0/25'], ['192.0.2.0/24'], true],
    [['192.0.2.0/24'], ['192.0.2.0/24', '::/0'], true],
    [['192.0.2.0/23'], ['192.0.2.0/24'], false],
    [['192.0.2.1', '::1'], ['192.0.2.0/24'], false],
    [[], ['192.0.2.0/24'], false],
  ] as const)
    it(`${blocks.join(', ') || 'all addresses'} are ${subset ? '' : 'not '}among ${of.join(', ') || 'all addresses'}`, () => {
      expect(isSubset(blocks, of)).to.equal(subset)
    })

  for (const [some, others, both] of [
    [[], [], []],
    [[], ['192.0.2.0/24'], ['192.0.2.0/24']],
    [['192.0.2.0/24'], [], ['192.0.2.0/24']],
    [
      ['192.0.2.0/24', '::1'],
      ['192.0.0.0/16', '::/0'],
      ['192.0.2.0/24', '::1/128'],
    ],
    [['192.0.2.0/24'], ['198.51.100.0/24'], undefined],
  ] as const)
    it(`shared by ${some.join(', ') || 'all addresses'} and ${others.join(', ') || 'all addresses'} are ${both?.join(', ') || (both ? 'all addresses' : 'none')}`, () => {
      expect(inBoth(some, others)).to.deep.equal(both)
    })
})
