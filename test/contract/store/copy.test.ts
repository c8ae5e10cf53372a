import { expect } from 'chai'
import { copyStore, isUnfinished } from '../../../engine/storage/copy.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import type { Store } from '../../../engine/storage/store.ts'

/** More keys than are copied at once, on several levels. */
const KEYS = Array.from({ length: 1300 }, (_, n) => [
  `a/${n}`,
  `b/${n % 40}/${n}/x`,
  `c${n}`,
]).flat()

describe('copyStore', () => {
  const put = (store: Store, keys: readonly string[], text?: string) =>
    store.commit({
      reads: new Map(),
      writes: new Map(keys.map(key => [key, Buffer.from(text ?? key)])),
    })

  async function filled() {
    const store = new MemoryStore()
    await put(store, KEYS)
    return store
  }

  const text = async (store: Store, key: string) =>
    Buffer.from((await store.get(key))?.value ?? []).toString()

  it('copies every key, and leaves no trace', async () => {
    const [from, to] = [await filled(), new MemoryStore()]
    expect(await copyStore(from, to, () => undefined)).to.equal(KEYS.length)
    expect(await Promise.all(KEYS.map(key => text(to, key)))).to.deep.equal(KEYS)
    expect([...(await to.list('')), 'moved'].sort()).to.deep.equal(await from.list(''))
  })

  it('has what a storage is opened with come last, so that nothing is opened that is not whole', async () => {
    const [from, to] = [await filled(), new MemoryStore()]
    await put(from, ['seal/config', 'seal/keyring'])
    const keys = await copyStore(from, to, async () => {
      expect(await to.list('seal/')).to.deep.equal([])
    })
    expect(keys).to.equal(KEYS.length + 2)
    expect(await to.list('seal/')).to.deep.equal(['config', 'keyring'])
  })

  it('goes on with a copy that an older version has begun, which has some of that already', async () => {
    const [from, to] = [await filled(), new MemoryStore()]
    await put(from, ['seal/config'])
    await copyStore(from, to, done => {
      if (done === 'compared') throw new Error('broken off')
    }).catch(() => undefined)
    await put(to, ['seal/config'])
    expect(await copyStore(from, to, () => undefined)).to.equal(KEYS.length + 1)
  })

  it('goes on where it was broken off, and is known as unfinished until then', async () => {
    const [from, to] = [await filled(), new MemoryStore()]
    const broken = new Error('broken off')
    const steps: number[] = []
    const failure = await copyStore(from, to, (_, keys) => {
      if (keys > 2000) throw broken
    }).catch(error => error)
    expect([failure, await isUnfinished(to), await isUnfinished(from)]).to.deep.equal([
      broken,
      true,
      false,
    ])
    await copyStore(from, to, (done, keys) => {
      if (done === 'copied') steps.push(keys)
    })
    expect(Math.min(...steps)).to.be.above(2000)
    expect(await Promise.all(KEYS.map(key => text(to, key)))).to.deep.equal(KEYS)
    expect(await isUnfinished(to)).to.equal(false)
  })

  it('does not touch a store that has other data', async () => {
    const [from, to] = [await filled(), new MemoryStore()]
    await put(to, ['mine'])
    const { message } = await copyStore(from, to, () => undefined).catch(error => error)
    expect(message).to.equal('the destination has data that is not from an unfinished copy')
    expect(await to.list('')).to.deep.equal(['mine'])
  })

  for (const [what, change, key] of [
    ['changes a key', (store: Store) => put(store, ['a/1'], 'other'), ' (a/1)'],
    ['adds a key', (store: Store) => put(store, ['a/11111']), ' (a/11111)'],
    [
      'removes a key',
      (store: Store) => store.commit({ reads: new Map(), writes: new Map([['a/1', undefined]]) }),
      '',
    ],
  ] as const)
    it(`notices when somebody ${what} meanwhile`, async () => {
      const [from, to] = [await filled(), new MemoryStore()]
      let changing: Promise<void> | undefined
      const { message } = await copyStore(from, to, done => {
        if (done === 'copied') changing ??= change(from)
      }).catch(error => error)
      await changing
      expect(message).to.equal(
        `the source changed while it was copied${key}: stop its server, empty the destination, and start again`,
      )
      expect(await isUnfinished(to)).to.equal(true)
    })
})
