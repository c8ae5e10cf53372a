import { expect } from 'chai'
import { Conflict, type Store } from '../../../engine/storage/store.ts'
import { Table } from '../../../engine/storage/table.ts'
import { transact } from '../../../engine/storage/transact.ts'

/** What every store must do. Each implementation, and each wrapper around one, runs the same suite. */
export function storeContract(title: string, open: () => Promise<Store>) {
  describe(`${title} is a store`, () => {
    let store: Store

    const write = (key: string, text: string | undefined) =>
      store.commit({
        reads: new Map(),
        writes: new Map([[key, text === undefined ? undefined : Buffer.from(text)]]),
      })
    const read = async (key: string) => {
      const entry = await store.get(key)
      return entry && Buffer.from(entry.value).toString()
    }

    /** All names under a prefix, asked for some at a time. */
    async function pages(prefix: string, limit: number): Promise<readonly string[]> {
      const names: string[] = []
      for (;;) {
        const page = await store.list(prefix, { after: names.at(-1) ?? '', limit })
        if (page.length === 0) return names
        names.push(...page)
      }
    }

    beforeEach(async () => {
      store = await open()
    })
    afterEach(async () => {
      await store[Symbol.asyncDispose]()
    })

    it('gives back what was put', async () => {
      await write('a/b', 'hello')
      expect(await read('a/b')).to.equal('hello')
    })

    it('gives back an empty value as a value', async () => {
      await write('a', '')
      expect(await read('a')).to.equal('')
    })

    it('gives back a value of a MiB', async () => {
      const value = Buffer.alloc(1024 * 1024, 'secret ')
      await store.commit({ reads: new Map(), writes: new Map([['big', value]]) })
      expect(Buffer.from((await store.get('big'))?.value ?? []).equals(value)).to.equal(true)
    })

    it('gives nothing for a key that is absent, deleted or only a prefix', async () => {
      await write('a/b', 'x')
      await write('c', 'x')
      await write('c', undefined)
      expect(await read('a')).to.equal(undefined)
      expect(await read('a/')).to.equal(undefined)
      expect(await read('c')).to.equal(undefined)
    })

    it('gives every write of a key another version', async () => {
      const versions = new Set<string | undefined>()
      for (const text of ['1', '1', '2']) {
        await write('a', text)
        versions.add((await store.get('a'))?.version)
      }
      await write('a', undefined)
      await write('a', '1')
      versions.add((await store.get('a'))?.version)
      expect(versions.size).to.equal(4)
    })

    it('tells the version of all that a commit has written, if it gives one to all of it', async () => {
      const told: string[] = []
      const [reads, value] = [new Map(), Buffer.from('x')]
      const writes = new Map([
        ['a', value],
        ['b', value],
      ])
      await store.commit({ reads, writes, committed: version => told.push(version) })
      const found = await Promise.all(['a', 'b'].map(async key => (await store.get(key))?.version))
      if (found[0] === found[1]) expect(told).to.deep.equal([found[0]])
      else expect(told).to.deep.equal([])
    })

    it('lists one level, sorted bytewise, with a slash on what has more beneath', async () => {
      for (const key of ['r/b', 'r/a', 'r/B', 'r/c/d', 'r/c/e', 'r/c', 's/z', 'r/é'])
        await write(key, 'x')
      expect(await store.list('r/')).to.deep.equal(['B', 'a', 'b', 'c', 'c/', 'é'])
    })

    it('lists in pages', async () => {
      for (const key of ['r/a', 'r/b', 'r/c/d', 'r/e']) await write(key, 'x')
      expect(await store.list('r/', { limit: 2 })).to.deep.equal(['a', 'b'])
      expect(await store.list('r/', { after: 'b', limit: 2 })).to.deep.equal(['c/', 'e'])
      expect(await store.list('r/', { after: 'e' })).to.deep.equal([])
    })

    it('lists what begins with a part of a name', async () => {
      for (const key of ['r/ab', 'r/abc', 'r/abd/e', 'r/ac']) await write(key, 'x')
      expect(await store.list('r/ab')).to.deep.equal(['c', 'd/'])
      expect(await store.list('r/ab', { after: 'c' })).to.deep.equal(['d/'])
      expect(await store.list('')).to.deep.equal(['r/'])
    })

    it('pages through odd names in the order of their bytes', async () => {
      const names = [
        ' ',
        "'",
        '-',
        '.',
        '0',
        'A',
        'a',
        'a ',
        'a-',
        'a/',
        'a0',
        'aa',
        'é',
        '\ufffd',
        '😀',
      ]
      for (const name of names.toReversed()) await write(`r/${name.replace(/\/$/, '/b')}`, name)
      expect(await pages('r/', 1)).to.deep.equal(names)
      expect(await pages('r/', 4)).to.deep.equal(names)
      expect(await read('r/😀')).to.equal('😀')
    })

    it('pages through many thousand names, over folders with as many beneath', async () => {
      const digits = (n: number) => String(n).padStart(5, '0')
      const names = Array.from({ length: 11_000 }, (_, n) => digits(n) + (n % 10 === 0 ? '/' : ''))
      const keys = names.map(name => `many/${name}${name.endsWith('/') ? 'x' : ''}`)
      const deep = Array.from({ length: 2000 }, (_, n) => `many/00010/${digits(n)}`)
      for (const part of chunks([...keys, ...deep], 1000))
        await store.commit({ reads: new Map(), writes: new Map(part.map(key => [key, EMPTY])) })
      expect(await pages('many/', 1000)).to.deep.equal(names)
    }).timeout(60_000)

    it('lists nothing where all has been deleted', async () => {
      await write('r/a/b', 'x')
      await write('r/a/b', undefined)
      expect(await store.list('r/')).to.deep.equal([])
    })

    for (const [what, before] of [
      ['changed', '1'],
      ['appeared', undefined],
    ] as const)
      it(`refuses a whole batch that read something that has since ${what}`, async () => {
        if (before !== undefined) await write('a', before)
        const version = (await store.get('a'))?.version
        await write('a', '2')
        const late = store.commit({
          reads: new Map([['a', version]]),
          writes: new Map([
            ['a', Buffer.from('3')],
            ['b', Buffer.from('x')],
          ]),
        })
        expect(await late.catch(error => error)).to.be.instanceOf(Conflict)
        expect([await read('a'), await read('b')]).to.deep.equal(['2', undefined])
      })

    it('commits every batch that does not conflict, whatever its neighbours', async () => {
      await write('a', '1')
      const version = (await store.get('a'))?.version
      const batch = (key: string, read: string | undefined) =>
        store.commit({ reads: new Map([['a', read]]), writes: new Map([[key, Buffer.from('x')]]) })
      const ended = await Promise.allSettled([
        batch('b', version),
        batch('c', 'another'),
        batch('d', version),
        batch('e', undefined),
      ])
      expect(ended.map(({ status }) => status === 'fulfilled')).to.deep.equal([
        true,
        false,
        true,
        false,
      ])
      expect(await store.list('')).to.deep.equal(['a', 'b', 'd'])
    })

    it('lets exactly one of many take a record', async () => {
      const table = new Table<{ n: number }>('t/')
      await transact(store, async tx => table.put(tx, 'one', { n: 1 }))
      const takes = await Promise.all(
        Array.from({ length: 50 }, () => transact(store, tx => table.take(tx, 'one'))),
      )
      expect(takes.filter(Boolean)).to.deep.equal([{ n: 1 }])
    })

    it('loses no increment of many', async () => {
      const table = new Table<{ n: number }>('t/')
      const increment = () =>
        transact(store, async tx => {
          const { n } = (await table.get(tx, 'sum')) ?? { n: 0 }
          table.put(tx, 'sum', { n: n + 1 })
        })
      await Promise.all(Array.from({ length: 16 }, increment))
      expect(await transact(store, tx => table.get(tx, 'sum'))).to.deep.equal({ n: 16 })
    })
  })
}

const EMPTY = new Uint8Array()

const chunks = <T>(all: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, n) =>
    all.slice(n * size, (n + 1) * size),
  )
