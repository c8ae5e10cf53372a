import { setImmediate } from 'node:timers/promises'
import { expect } from 'chai'
import { Semaphore } from '../../../../engine/ssh/dynamic/semaphore.ts'

describe('Semaphore of a concurrency limit', () => {
  /** Begins work that goes on until it is ended; tells what runs. */
  function busy() {
    const shares = new Semaphore({ atOnce: 6, kept: 2, perShare: 3 })
    const running: string[] = []
    const ends: (() => void)[] = []
    const begin = (name: string, share: string | undefined, times = 1) => {
      for (let at = 0; at < times; at++)
        void shares.use({ share }, async () => {
          running.push(name)
          await new Promise<void>(resolve => ends.push(resolve))
          running.splice(running.indexOf(name), 1)
        })
      return setImmediate()
    }
    const end = async () => {
      ends.shift()?.()
      await setImmediate()
    }
    return { shares, running, begin, end }
  }

  it('leave to others what one may not have', async () => {
    const { running, begin } = busy()
    await begin('a', 'a', 300)
    expect(running).to.deep.equal(['a', 'a', 'a'])
    await begin('b', 'b')
    expect(running).to.deep.equal(['a', 'a', 'a', 'b'])
  })

  it('keep some for what waits for nobody', async () => {
    const { running, begin } = busy()
    for (const share of ['a', 'b', 'c']) await begin(share, share, 300)
    expect(running).to.deep.equal(['a', 'a', 'a', 'b'])
    await begin('removal', undefined, 3)
    expect(running.slice(4)).to.deep.equal(['removal', 'removal'])
  })

  it('are next where there is none, then where there are fewest', async () => {
    const { running, begin, end } = busy()
    await begin('a', 'a', 300)
    await begin('b', 'b', 3)
    await begin('removal', undefined, 3)
    await end()
    expect(running).to.deep.equal(['a', 'a', 'b', 'removal', 'removal', 'removal'])
    await begin('c', 'c')
    await end()
    expect(running).to.deep.equal(['a', 'b', 'removal', 'removal', 'removal', 'c'])
  })

  it('are fewer from then on where no more are to be had', async () => {
    const { shares, running, begin, end } = busy()
    await begin('a', 'a', 4)
    shares.narrow(1)
    await begin('removal', undefined)
    await end()
    await end()
    expect(running).to.deep.equal(['a'])
    await end()
    expect(running).to.deep.equal(['removal'])
    await end()
    expect(running).to.deep.equal(['a'])
  })

  it('are taken from a ticket that a removal waits for', async () => {
    const { shares, running, begin } = busy()
    await begin('a', 'a', 300)
    const ticket = { share: 'a' }
    let begun = false
    void shares.use(ticket, async () => {
      begun = true
    })
    await setImmediate()
    expect(begun).to.equal(false)
    shares.hasten(ticket)
    await setImmediate()
    expect([begun, running.length]).to.deep.equal([true, 3])
  })

  it('are given back when work fails', async () => {
    const shares = new Semaphore({ atOnce: 1, kept: 0, perShare: 1 })
    const fail = () => Promise.reject(new Error('failed'))
    for (let at = 0; at < 3; at++)
      expect((await shares.use({ share: 'a' }, fail).catch(error => error)).message).to.equal(
        'failed',
      )
  })
})
