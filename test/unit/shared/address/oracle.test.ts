import { expect } from 'chai'
import { assert, bigInt, integer, property, stringMatching, tuple } from 'fast-check'
import { IPv4, IPv4CidrRange, IPv6, IPv6CidrRange } from 'ip-num'
import { type IpAddress, parseAddress, parseCidr } from '../../../../shared/address.ts'

const four = bigInt({ min: 0n, max: 2n ** 32n - 1n }).map(number => IPv4.fromNumber(number))
const six = bigInt({ min: 0n, max: 2n ** 128n - 1n }).map(number => IPv6.fromBigInt(number))
/** Addresses with runs of zeros, among them those that stand for IPv4. */
const sparse = tuple(
  bigInt({ min: 0n, max: 2n ** 128n - 1n }),
  bigInt({ min: 0n, max: 2n ** 8n - 1n }),
).map(([number, mask]) => {
  let kept = 0n
  for (let group = 0n; group < 8n; group++)
    if ((mask >> group) & 1n) kept |= number & (0xffffn << (group * 16n))
  return IPv6.fromBigInt(kept)
})

const parsed = (text: string) => parseAddress(text) as IpAddress

describe('addresses, as another library reads them', () => {
  it('reads every IPv4 address, and leaves it as it is', () => {
    assert(
      property(four, address => {
        expect(parseAddress(`${address}`)).to.equal(`${address}`)
      }),
    )
  })

  for (const [what, addresses] of Object.entries({ any: six, sparse }))
    it(`gives every IPv6 address (${what}) one text, which is the same address`, () => {
      assert(
        property(addresses, address => {
          const text = parsed(address.toString())
          if (text.includes('.')) {
            expect(new IPv4(text).getValue()).to.equal(address.getValue() - 0xffff_0000_0000n)
            return
          }
          expect(new IPv6(text).getValue()).to.equal(address.getValue())
          expect(parseAddress(text)).to.equal(text)
          expect(parseAddress(text.toUpperCase())).to.equal(text)
        }),
      )
    })

  it('reads an IPv4 address that is mapped into IPv6 as that address', () => {
    assert(
      property(four, address => {
        expect(parseAddress(`::ffff:${address}`)).to.equal(`${address}`)
        expect(parseAddress(`0:0:0:0:0:FFFF:${address}`)).to.equal(`${address}`)
      }),
    )
  })

  it('finds the same IPv4 addresses in a block', () => {
    assert(
      property(four, four, integer({ min: 0, max: 32 }), (inside, other, length) => {
        const range = IPv4CidrRange.fromCidr(`${inside}/${length}`)
        const block = parseCidr(`${inside}/${length}`)
        for (const address of [inside, other, range.getFirst(), range.getLast()])
          expect(block.contains(parsed(`${address}`))).to.equal(range.contains(address))
        for (const address of beside(range.getFirst().getValue(), range.getLast().getValue(), 32n))
          expect(block.contains(parsed(`${IPv4.fromNumber(address)}`))).to.equal(false)
      }),
    )
  })

  it('finds the same IPv6 addresses in a block', () => {
    assert(
      property(six, six, integer({ min: 0, max: 128 }), (inside, other, length) => {
        const range = IPv6CidrRange.fromCidr(`${inside}/${length}`)
        const block = parseCidr(`${inside}/${length}`)
        for (const address of [inside, other, range.getFirst(), range.getLast()])
          if (!isMapped(address))
            expect(block.contains(parsed(`${address}`))).to.equal(range.contains(address))
        for (const address of beside(range.getFirst().getValue(), range.getLast().getValue(), 128n))
          expect(block.contains(parsed(`${IPv6.fromBigInt(address)}`))).to.equal(false)
      }),
    )
  })

  it('accepts no more than that library, of texts that look like addresses', () => {
    assert(
      property(stringMatching(/^[0-9.]{7,15}$|^[0-9a-f:]{2,20}$|^\d{1,3}(\.\d{1,3}){3}$/), text => {
        if (parseAddress(text) === undefined) return
        expect(() => (text.includes(':') ? new IPv6(text) : new IPv4(text))).not.to.throw()
      }),
    )
  })
})

const isMapped = (address: IPv6) => address.getValue() >> 32n === 0xffffn

/** The addresses just before and after a block, where there are any. */
const beside = (first: bigint, last: bigint, bits: bigint): readonly bigint[] =>
  [first - 1n, last + 1n].filter(number => number >= 0n && number < 2n ** bits)
