import { expect } from 'chai'
import { longWork } from '../../../../engine/limit/long-work.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { Conflict } from '../../../../engine/storage/store.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { testEngine } from '../../../support/test-engine.ts'

/** A store in which others are quicker so many times, where a password is written. */
class Contested extends MemoryStore {
  lost = 0
  wanted = 0

  override async commit(batch: Parameters<MemoryStore['commit']>[0]) {
    const isUser = [...batch.writes.keys()].some(key => key.endsWith('/user/ann'))
    if (isUser && this.lost < this.wanted) {
      this.lost++
      throw new Conflict('another was quicker')
    }
    return super.commit(batch)
  }
}

/** Counts the pieces of long work that are run meanwhile. */
async function longWorkIn(work: () => Promise<unknown>): Promise<number> {
  const { run } = longWork
  let count = 0
  longWork.run = (address, piece) => {
    count++
    return run.call(longWork, address, piece) as ReturnType<typeof piece>
  }
  try {
    await work()
    return count
  } finally {
    longWork.run = run
  }
}

async function contested() {
  const store = new Contested()
  const here = await testEngine({ store })
  await here.post('sys/auth/userpass', { type: 'userpass' })
  return { ...here, store }
}

describe('What is prepared', () => {
  it('is made once, however often the transaction runs', async () => {
    const { post, store } = await contested()
    store.wanted = 5
    const count = await longWorkIn(async () =>
      expect(await post('auth/userpass/users/ann', { password: 'correct horse' })).to.have.property(
        'status',
        204,
      ),
    )
    expect([store.lost, count]).to.deep.equal([5, 1])
    expect(
      await post('auth/userpass/login/ann', { password: 'correct horse' }, ''),
    ).to.have.property('status', 200)
  })

  it('is not made for a mount that another node has removed', async () => {
    const { post, core } = await contested()
    const mount = core.mounts.all.find(({ path }) => path === 'auth/userpass/')!
    await transact(core.store, async tx => core.mounts.delete(tx, mount))
    const count = await longWorkIn(async () =>
      expect(
        await post('auth/userpass/login/ann', { password: 'correct horse' }, ''),
      ).to.have.property('status', 404),
    )
    expect(count).to.equal(0)
  })

  it('asks to try again where no attempt could commit', async () => {
    const { post, store } = await contested()
    store.wanted = 1000
    expect(await post('auth/userpass/users/ann', { password: 'correct horse' })).to.deep.equal({
      status: 503,
      body: { errors: ['others are changing the same thing: try again in a moment'] },
    })
  })
})
