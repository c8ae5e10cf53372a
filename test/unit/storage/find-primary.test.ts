import { expect } from 'chai'
import { findPrimary } from '../../../engine/storage/find-primary.ts'
import type { Sight } from '../../../engine/storage/postgres-server.ts'

/** A server that answers a look after so many milliseconds. */
const server = (sight: Sight, milliseconds = 0) => ({
  look: async () => {
    await new Promise(resolve => setTimeout(resolve, milliseconds).unref())
    return sight
  },
})

const writable = (timeline: number, milliseconds = 0) =>
  server({ state: 'writable', timeline }, milliseconds)
const readOnly = () => server({ state: 'read-only', timeline: 0, error: new Error('standby') })
const silent = (milliseconds = 0) =>
  server({ state: 'silent', timeline: 0, error: new Error('silent') }, milliseconds)

describe('The primary among several servers', () => {
  const found = async (
    servers: readonly ReturnType<typeof server>[],
    { current, least = 0 }: { readonly current?: number; readonly least?: number } = {},
  ) => {
    const one = current === undefined ? undefined : servers[current]
    const result = await findPrimary(servers, { current: one, least })
    return 'server' in result ? servers.indexOf(result.server) : result.map(String)
  }

  it('is the one that takes writes', async () => {
    expect(await found([readOnly(), silent(), writable(1)])).to.equal(2)
    expect(await found([readOnly(), writable(2)], { current: 0, least: 1 })).to.equal(1)
  })

  it('is not waited for long once another has answered', async () => {
    const begun = performance.now()
    expect(await found([silent(5000), writable(1)], { current: 0, least: 1 })).to.equal(1)
    expect(performance.now() - begun).to.be.below(2500)
  })

  it('is the one that was promoted last, if several take writes', async () => {
    expect(await found([writable(3), writable(4), writable(2)])).to.equal(1)
    expect(await found([writable(3), writable(4, 50)], { current: 0, least: 3 })).to.equal(1)
  })

  it('is the one in use among equals, and then the first', async () => {
    expect(await found([writable(1), writable(1, 50)], { current: 1, least: 1 })).to.equal(1)
    expect(await found([writable(0), writable(0)])).to.equal(0)
  })

  it('is none of those that were replaced before', async () => {
    expect(await found([writable(1), readOnly()], { current: 1, least: 2 })).to.deep.equal([
      'Error: the database server takes writes, but another has taken over from it',
      'Error: standby',
    ])
  })

  it('may be too busy to say its timeline', async () => {
    expect(await found([writable(0), silent()], { current: 0, least: 2 })).to.equal(0)
  })
})
