import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { grant } from '../../engine/lease/leases.ts'
import { Sealing } from '../../engine/seal/sealing.ts'
import { Barrier } from '../../engine/storage/barrier.ts'
import { SqliteStore } from '../../engine/storage/sqlite.ts'
import { transact } from '../../engine/storage/transact.ts'
import { certificateAuthority } from '../support/certificates.ts'
import { startLastingEngine } from './lasting.ts'
import type { Program } from './programs.ts'
import { start } from './programs.ts'
import type { Row } from './table.ts'

/** Live leases that an engine starts with. A million takes a minute to make: `POSTERN_BENCH_LEASES=1000000`. */
const COUNTS = [0, Number(process.env.POSTERN_BENCH_LEASES ?? 100_000)]
const BATCH = 1000
const MONTH = 2_592_000

const PROGRAM = join(import.meta.dirname, '../../dist/postern')

/** What it costs an engine to start with many live leases: the time until it answers, and its memory then. */
export async function leaseRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    const authority = certificateAuthority(folder)
    const certificate = authority.issue({ addresses: ['127.0.0.1'] })
    await (await startLastingEngine(certificate, authority.caFile, folder))[Symbol.asyncDispose]()
    const rows: Row[] = []
    let [made, firstTime, firstMemory] = [0, 1, 1]
    for (const count of COUNTS) {
      await makeLeases(folder, count - made)
      made = count
      const { milliseconds, mebibytes } = await starting(folder)
      if (count === 0) [firstTime, firstMemory] = [milliseconds, mebibytes]
      const row = (name: string, amount: number, unit: string, ratio: number): Row => ({
        name,
        amount,
        unit,
        ratio,
        aim: undefined,
      })
      rows.push(
        row(`start with ${count} leases`, milliseconds, 'ms', milliseconds / firstTime),
        row('  memory then', mebibytes, 'MiB', mebibytes / firstMemory),
      )
    }
    return rows
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function starting(folder: string) {
  const begun = performance.now()
  const config = `-config=${join(folder, 'lasting.toml')}`
  await using engine = await start([PROGRAM, 'server', config], /server started!/)
  const env = { POSTERN_ADDR: `https://127.0.0.1:${engine.port}`, POSTERN_SKIP_VERIFY: 'true' }
  execFileSync(PROGRAM, ['status'], { env })
  return { milliseconds: performance.now() - begun, mebibytes: memory(engine) }
}

/** What it has in memory, where Linux tells. */
const memory = ({ pid }: Program): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

/** Writes leases as `creds` does, straight into the store. */
async function makeLeases(folder: string, count: number): Promise<void> {
  if (count <= 0) return
  await using inner = await SqliteStore.open(join(folder, 'data'))
  const barrier = new Barrier(inner)
  const key = Buffer.from(readFileSync(join(folder, 'seal.key'), 'utf8').trim(), 'base64')
  const sealing = new Sealing({
    store: inner,
    barrier,
    sealKeys: [key],
    found: () => Promise.reject(new Error('it has been initialized')),
    open: async () => ({ [Symbol.asyncDispose]: async () => {} }),
  })
  await sealing.unsealAlone()
  const mount = { id: 'bench', path: 'ssh/', type: 'ssh', accessor: '', salt: '' }
  const settings = { mount: { ...mount, defaultTtl: MONTH, maxTtl: MONTH }, token: 'bench' }
  for (let at = 0; at < count; at += BATCH)
    await transact(barrier, async tx => {
      for (let each = at; each < Math.min(at + BATCH, count); each++) {
        const secret = { id: String(each).padStart(64, '0') }
        const lease = { kind: 'otp', secret, ttl: MONTH, renewable: false }
        grant(tx, { ...settings, id: `ssh/creds/web/${count}-${each}`, now: new Date() }, lease)
      }
    })
  await sealing.seal()
}
