import { fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PostgresStore } from '../../engine/storage/postgres.ts'
import { SqliteStore } from '../../engine/storage/sqlite.ts'
import type { Store } from '../../engine/storage/store.ts'
import { Secret } from '../../shared/secret.ts'
import { Postgres } from '../support/postgres.ts'
import type { Row } from './table.ts'

const ROUNDS = 3
/** Milliseconds of one measurement. */
const LONG = 700
const CLIENTS = [1, 32, 256]
/** As large as a lease. */
const RECORD = Buffer.alloc(300, 'x')

/**
 * How many commits SQLite and PostgreSQL make durable in a second, as ratios to a loop that appends to a file and syncs it. In turns, and
 * with the processor time of this process, which for SQLite is all there is.
 */
export async function storageRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    await using postgres = await Postgres.start()
    const url = new Secret(await postgres.database())
    await using sqlite = await SqliteStore.open(join(folder, 'data'))
    await using shared = await PostgresStore.open({ url, connections: 16, schema: 'public' })
    return await measure(openSync(join(folder, 'log'), 'a'), { SQLite: sqlite, PostgreSQL: shared })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function measure(
  log: number,
  stores: Readonly<Record<string, Store>>,
): Promise<readonly Row[]> {
  const appends: number[] = []
  const commits = new Map<string, Commits[]>()
  for (let round = 0; round < ROUNDS; round++) {
    appends.push(appendsPerSecond(log))
    for (const clients of CLIENTS)
      for (const [name, store] of Object.entries(stores)) {
        const title = `  commit to ${name}, ${clients} at a time`
        commits.set(title, [...(commits.get(title) ?? []), await commitsPerSecond(store, clients)])
      }
  }
  const reference = middle(appends, amount => amount)
  const row = (name: string, amount: number): Row => ({
    ...{ name, amount, unit: '/s', ratio: amount / reference, aim: undefined },
  })
  return [
    row('append and fdatasync', reference),
    ...[...commits].map(([name, samples]) => {
      const { perSecond, cpu } = middle(samples, each => each.perSecond)
      return { ...row(name, perSecond), cpu }
    }),
  ]
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

interface Commits {
  readonly perSecond: number
  /** Microseconds of this process for one. */
  readonly cpu: number
}

/** As a password is made and used: one commit puts a record, the next takes it. */
async function commitsPerSecond(store: Store, clients: number): Promise<Commits> {
  const begun = performance.now()
  const before = process.cpuUsage()
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
  const { user, system } = process.cpuUsage(before)
  return {
    perSecond: (count * 1000) / (performance.now() - begun),
    cpu: (user + system) / count,
  }
}

function middle<T>(samples: readonly T[], by: (sample: T) => number): T {
  const sorted = samples.toSorted((a, b) => by(a) - by(b))
  const found = sorted[Math.floor(sorted.length / 2)]
  if (found === undefined) throw new Error('nothing was measured')
  return found
}
