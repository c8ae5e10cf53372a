import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'
import { array, assert, integer, property, tuple } from 'fast-check'
import { type IpAddress, parseAddress, parseCidrList } from '../../../shared/address.ts'
import { countAddresses } from '../../../shared/address-count.ts'

const MODULE = join(import.meta.dirname, '../../../shared/address-count.ts')

/** Blocks among the last 256 addresses of a network, so that they meet often. */
const blocks = (network: (last: number) => string, shortest: number) =>
  array(tuple(integer({ min: 0, max: 255 }), integer({ min: shortest, max: shortest + 8 })), {
    maxLength: 6,
  }).map(drawn => drawn.map(([last, length]) => `${network(last)}/${length}`))

const four = (last: number) => `10.0.0.${last}`
const six = (last: number) => `2001:db8::${last.toString(16)}`

describe('countAddresses', () => {
  for (const [blocks, excluded, count] of [
    [[], [], [0n, 0n]],
    [['0.0.0.0/0', '::/0'], [], [2n ** 32n, 2n ** 128n]],
    [['10.0.0.0/24', '10.0.0.0/16', '10.0.3.0/24'], [], [65_536n, 0n]],
    [['10.1.2.3/8'], ['10.0.0.0/9', '10.0.0.0/16', '192.0.2.0/24'], [2n ** 23n, 0n]],
    [['10.0.0.0/24'], ['10.0.0.0/8'], [0n, 0n]],
    [['2001:db8::/64', '192.0.2.7/32'], ['2001:db8::1/128'], [1n, 2n ** 64n - 1n]],
  ] as const)
    it(`counts the addresses in ${blocks.join(', ') || 'no block'} without ${excluded.join(', ') || 'exceptions'}`, async () => {
      const [wanted, wantedSix] = count
      expect(await countAddresses(blocks, excluded)).to.deep.equal({
        four: wanted,
        six: wantedSix,
      })
    })

  for (const [family, network, shortest] of [
    ['four', four, 24],
    ['six', six, 120],
  ] as const)
    it(`counts what the engine accepts, address by address (${family})`, async () => {
      const cases: (readonly [readonly string[], readonly string[]])[] = []
      assert(
        property(blocks(network, shortest), blocks(network, shortest), (some, others) => {
          cases.push([some, others])
        }),
      )
      expect(cases.length).to.be.greaterThan(50)
      for (const [some, others] of cases) {
        const [inside, outside] = [parseCidrList(some), parseCidrList(others)]
        const reached = Array.from(
          { length: 256 },
          (_, last) => parseAddress(network(last)) as IpAddress,
        ).filter(address => inside.contains(address) && !outside.contains(address))
        expect((await countAddresses(some, others))[family], `${some} without ${others}`).to.equal(
          BigInt(reached.length),
        )
      }
    })

  it('loads its library when it counts, not before', () => {
    const script = `
      const { registerHooks } = require('node:module')
      const loaded = []
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
      const isLoaded = () => loaded.some(url => url.includes('/node_modules/ip-num/'))
      import(${JSON.stringify(MODULE)}).then(async ({ countAddresses }) => {
        const before = isLoaded()
        await countAddresses(['10.0.0.0/8'])
        console.log(before, isLoaded())
      })`
    const printed = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })
    expect(printed).to.equal('false true\n')
  })

  it('refuses what is no block', async () => {
    let failure: unknown
    await countAddresses(['10.0.0.0/33']).catch(error => {
      failure = error
    })
    expect(String(failure)).to.contain('invalid CIDR address: 10.0.0.0/33')
  })
})
