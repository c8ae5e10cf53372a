import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import type { StorageSettings } from '../../../engine/config/storage-settings.ts'
import { openStore } from '../../../engine/open-store.ts'
import type { Store } from '../../../engine/storage/store.ts'

const PROCESS = join(import.meta.dirname, 'process.ts')

/** What every store must do that outlives its process. `fresh` names one that is empty. */
export function durableContract(title: string, fresh: () => Promise<StorageSettings>) {
  describe(`${title} outlives its process`, () => {
    let settings: StorageSettings
    const children: ChildProcess[] = []

    beforeEach(async () => {
      settings = await fresh()
    })
    afterEach(() => {
      for (const child of children.splice(0)) child.kill('SIGKILL')
    })

    /** A process that works on the store: see `process.ts`. */
    function start(...words: readonly string[]) {
      const child = spawn(process.execPath, [PROCESS, ...words], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      children.push(child)
      child.stdin.end(JSON.stringify(settings))
      const lines = text(child.stdout).then(all => all.split('\n').filter(Boolean))
      return { child, lines }
    }

    async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
      await using store = await openStore(settings)
      return await work(store)
    }

    const put = (keys: readonly string[]) =>
      withStore(store =>
        store.commit({
          reads: new Map(),
          writes: new Map(keys.map(key => [key, Buffer.from(key)])),
        }),
      )

    const versions = (keys: readonly string[]) =>
      withStore(store => Promise.all(keys.map(async key => (await store.get(key))?.version)))

    it('gives back after closing and opening what was put before', async () => {
      await put(['a/b', 'a/c'])
      const names = await withStore(store => store.list('a/'))
      const [entry, before] = [await withStore(store => store.get('a/b')), await versions(['a/b'])]
      expect([names, Buffer.from(entry?.value ?? []).toString(), [entry?.version]]).to.deep.equal([
        ['b', 'c'],
        'a/b',
        before,
      ])
    })

    it('never gives a version again, whoever wrote, and when', async () => {
      const seen = new Set<string | undefined>()
      for (let round = 0; round < 3; round++) {
        await put(['a'])
        for (const version of await versions(['a'])) seen.add(version)
        await withStore(store =>
          store.commit({ reads: new Map(), writes: new Map([['a', undefined]]) }),
        )
      }
      expect(seen.size).to.equal(3)
    })

    it('finishes what is in flight when it is disposed of', async () => {
      const written = await withStore(async store => {
        const keys = Array.from({ length: 20 }, (_, n) => `k/${n}`)
        const commits = keys.map(key =>
          store.commit({ reads: new Map(), writes: new Map([[key, Buffer.from('x')]]) }),
        )
        await store[Symbol.asyncDispose]()
        await Promise.all(commits)
        return keys
      })
      expect((await versions(written)).every(Boolean)).to.equal(true)
    })

    it('lets exactly one of several processes take a record', async () => {
      const keys = Array.from({ length: 200 }, (_, n) => `r/${n}`)
      await put(keys)
      const takers = [start('take'), start('take'), start('take')]
      const taken = (await Promise.all(takers.map(({ lines }) => lines))).flat()
      expect(taken.toSorted()).to.deep.equal(keys.toSorted())
      expect(await withStore(store => store.list('r/'))).to.deep.equal([])
    }).timeout(60_000)

    it('keeps what it has acknowledged when its process is killed at any moment', async () => {
      const said: string[] = []
      const isEnough = () => {
        const { put: kept, took } = grouped(said)
        return kept.length > 100 && took.length > 20
      }
      // more often where the machine is slow
      for (let round = 0; round < 6 || (round < 60 && !isEnough()); round++) {
        const { child, lines } = start('churn', String(round))
        await once(child.stdout, 'readable')
        await setTimeout(20 + Math.random() * 200)
        child.kill('SIGKILL')
        said.push(...(await lines))
      }
      const found = new Set(
        await withStore(async store => (await store.list('r/')).map(name => `r/${name}`)),
      )
      const { put: kept, taking, took } = grouped(said)
      const lost = kept.filter(key => !taking.includes(key) && !found.has(key))
      const revived = took.filter(key => found.has(key))
      expect({ lost, revived, twice: took.length - new Set(took).size }).to.deep.equal({
        lost: [],
        revived: [],
        twice: 0,
      })
      expect(isEnough()).to.equal(true)
    }).timeout(60_000)
  })
}

/** The keys of lines such as `put r/1`, by their first word; a line that was cut off counts for nothing. */
function grouped(lines: readonly string[]) {
  const of = (word: string) =>
    lines.filter(line => line.startsWith(`${word} `)).map(line => line.slice(word.length + 1))
  return { put: of('put'), taking: of('taking'), took: of('took') }
}
