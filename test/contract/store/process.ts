import { writeSync } from 'node:fs'
import { json } from 'node:stream/consumers'
import type { StorageSettings } from '../../../engine/config/storage-settings.ts'
import { openStore } from '../../../engine/open-store.ts'
import type { Store } from '../../../engine/storage/store.ts'
import { Table } from '../../../engine/storage/table.ts'
import { transact } from '../../../engine/storage/transact.ts'

// A process of its own that works on a store, says what it does before and after each step, and may be killed at any moment.
// `take`: takes all records there are. `churn ROUND`: puts records and takes some of them, without end.

const WORKERS = 16
const records = new Table<{ readonly text: string }>('r/')
const [what, round] = process.argv.slice(2)

await using store = await openStore((await json(process.stdin)) as StorageSettings)
const work = what === 'take' ? takeAll : churn
await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(store, worker)))

async function takeAll(store: Store): Promise<void> {
  for (;;) {
    const names = await store.list('r/')
    if (names.length === 0) return
    const name = names[Math.floor(Math.random() * names.length)] ?? ''
    if (await take(store, name)) say(`r/${name}`)
  }
}

async function churn(store: Store, worker: number): Promise<void> {
  for (let n = 0; ; n++) {
    const name = `${round}-${worker}-${n}`
    await transact(store, async tx => records.put(tx, name, { text: 'x'.repeat(300) }))
    say(`put r/${name}`)
    const [other = ''] = n % 3 === 0 ? await store.list('r/', { limit: 1 }) : []
    if (other === '') continue
    say(`taking r/${other}`)
    if (await take(store, other)) say(`took r/${other}`)
  }
}

/** Without `Table.take`, whose reading would fail on records that are none of its own. */
function take(store: Store, name: string): Promise<boolean> {
  return transact(store, async tx => {
    const there = (await tx.get(`r/${name}`)) !== undefined
    if (there) tx.delete(`r/${name}`)
    return there
  })
}

/** Is with whoever reads before this process does anything else. */
function say(line: string): void {
  writeSync(1, `${line}\n`)
}
