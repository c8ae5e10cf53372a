import { expect } from 'chai'
import type { ApiError } from '../../../engine/api/errors.ts'
import { failure } from '../../../engine/core/request/envelope.ts'
import { LongWork } from '../../../engine/limit/long-work.ts'

const TOO_MANY = 'too many logins and new keys at the same time: try again in a moment'

/** Work of which one piece runs at a time, and ends when `step` is called. */
function oneAtATime({ line = 8, perSource = 4 } = {}) {
  const work = new LongWork({ atOnce: 1, queue: line, perSource })
  const begun: string[] = []
  const ends: (() => void)[] = []
  const run = (source: string, name = source) =>
    work
      .run(source, () => {
        begun.push(name)
        return new Promise<void>(resolve => ends.push(resolve))
      })
      .then(
        () => 'done',
        (error: ApiError) => error,
      )
  const step = async () => {
    ends.shift()?.()
    // the next one begins in the turn after the end
    for (const _ of ['the end', 'the next', 'its beginning'])
      await new Promise(resolve => setImmediate(resolve))
  }
  const finish = async () => {
    while (ends.length > 0) await step()
  }
  return { run, begun, step, finish }
}

describe('Long work', () => {
  it('runs so much at a time, and goes on when some of it fails', async () => {
    const work = new LongWork({ atOnce: 2, queue: 100, perSource: 100 })
    let [running, most] = [0, 0]
    const one = async (_: unknown, index: number) => {
      most = Math.max(most, ++running)
      await new Promise(resolve => setTimeout(resolve, 1))
      running--
      if (index % 3 === 0) throw new Error('failed')
    }
    const all = Array.from({ length: 30 }, (_, index) =>
      work.run('192.0.2.1', () => one(undefined, index)),
    )
    const ended = await Promise.allSettled(all)
    expect(ended.filter(({ status }) => status === 'rejected')).to.have.length(10)
    expect(most).to.equal(2)
  })

  it('lets sources take turns, each in its own order', async () => {
    const { run, begun, finish } = oneAtATime()
    for (const name of ['a0', 'a1', 'a2', 'a3']) run('192.0.2.1', name)
    for (const name of ['b1', 'b2']) run('192.0.2.2', name)
    run('192.0.2.3', 'c1')
    await finish()
    expect(begun).to.deep.equal(['a0', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
  })

  it('takes the addresses of one /64 for one source', async () => {
    const { run, begun, finish } = oneAtATime()
    for (const each of [1, 2, 3, 4, 5]) run(`fd00::${each}`)
    const refused = await run('fd00::6')
    run('fd00:0:0:1::1')
    await finish()
    expect(refused).to.have.property('message', TOO_MANY)
    expect(begun.slice(0, 3)).to.deep.equal(['fd00::1', 'fd00::2', 'fd00:0:0:1::1'])
  })

  it('makes room in a full line at the cost of who has most in it', async () => {
    const { run, begun, finish } = oneAtATime({ line: 4, perSource: 3 })
    run('192.0.2.1', 'a0')
    const first = ['a1', 'a2', 'a3'].map(name => run('192.0.2.1', name))
    run('192.0.2.2', 'b1')
    run('192.0.2.3', 'c1')
    expect(await first[2]).to.have.property('message', TOO_MANY)
    await finish()
    expect(begun).to.deep.equal(['a0', 'a1', 'b1', 'c1', 'a2'])
  })

  it('refuses with 503, and charges only who has more than its share', async () => {
    const { run, finish } = oneAtATime({ line: 3, perSource: 2 })
    run('192.0.2.1')
    for (const source of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) run(source)
    const small = (await run('192.0.2.4')) as ApiError
    await finish()
    for (const _ of [1, 2, 3]) run('192.0.2.1')
    const large = (await run('192.0.2.1')) as ApiError
    await finish()
    const answer = {
      status: 503,
      body: { errors: [TOO_MANY] },
      headers: { 'Retry-After': '1' },
    }
    expect(failure(small, false)).to.deep.equal(answer)
    expect(failure(large, false)).to.deep.equal({ ...answer, charged: true })
  })
})
