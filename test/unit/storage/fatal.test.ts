import { expect } from 'chai'
import { Barrier } from '../../../engine/storage/barrier.ts'
import { fatally, isFatal } from '../../../engine/storage/fatal.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { StoreUnavailable } from '../../../engine/storage/store.ts'
import { transact } from '../../../engine/storage/transact.ts'

const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    error => error,
  )

describe('A fatal error', () => {
  function opened() {
    const inner = new MemoryStore()
    const barrier = new Barrier(inner)
    barrier.create(Buffer.alloc(32))
    return { inner, barrier }
  }

  it('is one of the barrier: a value that was changed', async () => {
    const { inner, barrier } = opened()
    await transact(inner, async tx => tx.put('a', Buffer.from('not encrypted')))
    const error = await failure(barrier.get('a'))
    expect(error.name).to.equal('Tampered')
    expect(isFatal(error)).to.equal(true)
    expect(isFatal(new Error('around it', { cause: error }))).to.equal(true)
    expect(isFatal(new AggregateError([new Error('another'), error]))).to.equal(true)
  })

  it('is one that the storage does not know itself', async () => {
    const { inner, barrier } = opened()
    inner.get = () => Promise.reject(new TypeError('undefined is not a function'))
    expect(isFatal(await failure(barrier.get('a')))).to.equal(true)
  })

  it('is no answer of the storage, and nothing that was thrown elsewhere', async () => {
    const { inner, barrier } = opened()
    const thrown = new TypeError('in a handler')
    const inHandler = transact(barrier, () => Promise.reject(thrown))
    expect(isFatal(await failure(inHandler))).to.equal(false)
    inner.get = () => Promise.reject(new StoreUnavailable('its disk is full'))
    expect(isFatal(await failure(barrier.get('a')))).to.equal(false)
    barrier.seal()
    const sealed = await failure(barrier.get('a'))
    expect([sealed.name, isFatal(sealed)]).to.deep.equal(['Sealed', false])
    for (const odd of [undefined, null, 'text', 1]) expect(isFatal(odd)).to.equal(false)
  })

  it('is whatever is thrown where the event loop calls the storage', () => {
    const thrown = new TypeError('outcomes is not iterable')
    const call = fatally((fails: boolean) => {
      if (fails) throw thrown
    })
    expect(() => call(false)).to.not.throw()
    expect(() => call(true)).to.throw(thrown)
    expect(isFatal(thrown)).to.equal(true)
  })
})
