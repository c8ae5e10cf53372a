import { fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteStore } from '../../engine/storage/sqlite.ts'
import type { Store } from '../../engine/storage/store.ts'
import type { Row } from './table.ts'

const ROUNDS = 3
/** Milliseconds of one measurement. */
const LONG = 700
const CLIENTS = [1, 32, 256]
/** As large as a lease. */
const RECORD = Buffer.alloc(300, 'x')

/** How many commits SQLite makes durable in a second, as ratios to a loop that appends to a file and syncs it. In turns. */
export async function storageRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    await using store = await SqliteStore.open(join(folder, 'data'))
    const log = openSync(join(folder, 'log'), 'a')
    const samples: { readonly reference: number; readonly commits: readonly number[] }[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const commits: number[] = []
      for (const clients of CLIENTS) commits.push(await commitsPerSecond(store, clients))
      samples.push({ reference: appendsPerSecond(log), commits })
    }
    const reference = median(samples.map(sample => sample.reference))
    const row = (name: string, amount: number): Row => ({
      name,
      amount,
      unit: '/s',
      ratio: amount / reference,
      aim: undefined,
    })
    return [
      row('append and fdatasync', reference),
      ...CLIENTS.map((clients, index) =>
        row(
          `  commit to SQLite, ${clients} at a time`,
          median(samples.map(({ commits }) => commits[index] ?? 0)),
        ),
      ),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function appendsPerSecond(log: number): number {
  const begun = performance.now()
  let count = 0
  for (; performance.now() - begun < LONG; count++) {
    writeSync(log, RECORD)
    fdatasyncSync(log)
  }
  return (count * 1000) / LONG
}

/** As a password is made and used: one commit puts a record, the next takes it. */
async function commitsPerSecond(store: Store, clients: number): Promise<number> {
  const begun = performance.now()
  let count = 0
  async function client(number: number) {
    for (let n = 0; performance.now() - begun < LONG; n++) {
      const key = `otp/${number}-${n}`
      await store.commit({ reads: new Map([[key, undefined]]), writes: new Map([[key, RECORD]]) })
      const version = (await store.get(key))?.version
      await store.commit({ reads: new Map([[key, version]]), writes: new Map([[key, undefined]]) })
      count += 2
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
  return (count * 1000) / (performance.now() - begun)
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
