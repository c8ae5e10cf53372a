import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SqliteStore } from '../../../engine/storage/sqlite.ts'
import type { Store } from '../../../engine/storage/store.ts'

// Fills a disk of its own, a small one in memory that goes with this process's mounts, and says what came of it.

const [disk = ''] = process.argv.slice(2)
const BALLAST = 'ballast'
const EACH = 20_000

execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'tmpfs', disk])
writeFileSync(join(disk, BALLAST), Buffer.alloc(512 * 1024))

const acknowledged: string[] = []
const store = await SqliteStore.open(disk)
let failure: unknown
for (let n = 0; n < 1000 && failure === undefined; n++)
  failure = await put(store, `k/${n}`, EACH).catch(error => error)
const lost = await missing(store)
const readable = (await store.list('k/')).length >= acknowledged.length
// one that fits beside one that does not
const [, beside] = await Promise.allSettled([put(store, 'large', 600_000), put(store, 'small', 1)])
rmSync(join(disk, BALLAST))
const again = await outcome(put(store, 'again', EACH))
await store[Symbol.asyncDispose]()
const reopened = await SqliteStore.open(disk)
const lostAfterReopening = await missing(reopened)
await reopened[Symbol.asyncDispose]()

execFileSync('mount', ['-o', 'remount,ro', disk])
const readOnly = await outcome(SqliteStore.open(disk))
console.log(
  JSON.stringify({
    failure: String(failure),
    small: beside.status === 'fulfilled' ? 'done' : String(beside.reason),
    lost,
    readable,
    again,
    lostAfterReopening,
    readOnly,
  }),
)
process.exit()

async function put(store: Store, key: string, size: number): Promise<undefined> {
  await store.commit({ reads: new Map(), writes: new Map([[key, Buffer.alloc(size, 'x')]]) })
  acknowledged.push(key)
}

async function missing(store: Store): Promise<number> {
  const found = await Promise.all(acknowledged.map(key => store.get(key)))
  return found.filter(entry => entry === undefined).length
}

function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    error => String(error),
  )
}
