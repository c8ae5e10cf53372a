import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { grant } from '../../engine/lease/leases.ts'
import { Sealing } from '../../engine/seal/sealing.ts'
import { StorageIdentity } from '../../engine/seal/storage-identity.ts'
import { Barrier } from '../../engine/storage/barrier.ts'
import { SqliteStore } from '../../engine/storage/sqlite.ts'
import { transact } from '../../engine/storage/transact.ts'
import { certificateAuthority } from '../support/certificates.ts'
import { startLastingEngine } from './lasting.ts'
import { BAO, OpenBao } from './open-bao.ts'
import { load, type Program, start } from './programs.ts'
import { prepare, request, tokenOf } from './requests.ts'
import type { Row } from './table.ts'

/** Live leases that an engine starts with. A million takes a minute to make: `POSTERN_BENCH_LEASES=1000000`. */
const COUNTS = [0, Number(process.env.POSTERN_BENCH_LEASES ?? 100_000)]
const BATCH = 1000
const MONTH = 2_592_000

const PROGRAM = join(import.meta.dirname, '../../dist/postern')

/** What it takes a server to start. */
interface Start {
  readonly milliseconds: number
  readonly mebibytes: number
}

/**
 * What it costs an engine to start with many live leases: the time until it answers, and its memory then. The same of OpenBao, where
 * `POSTERN_BENCH_BAO` names the program, on the faster of its storages.
 */
export async function leaseRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    const authority = certificateAuthority(folder)
    const certificate = authority.issue({ addresses: ['127.0.0.1'] })
    await (await startLastingEngine(certificate, authority.caFile, folder))[Symbol.asyncDispose]()
    const settings = { storage: 'file', folder, caFile: authority.caFile } as const
    const bao = BAO ? await OpenBao.create(BAO, certificate, settings) : undefined
    const rows: Row[] = []
    let made = 0
    for (const count of COUNTS) {
      await makeLeases(folder, count - made)
      const own = await starting(() => startAgain(folder))
      rows.push(...rowsOf(`start with ${count} leases`, { one: own, to: own }))
      if (bao) {
        await makeBaoLeases(bao, authority.caFile, count - made)
        const peer = await starting(() => bao.start())
        rows.push(...rowsOf('  OpenBao, file', { one: peer, to: own }))
      }
      made = count
    }
    return rows
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function rowsOf(name: string, { one, to }: { readonly one: Start; readonly to: Start }) {
  const row = (what: string, unit: string, amount: number, reference: number): Row => ({
    name: what,
    amount,
    unit,
    ratio: amount / reference,
    aim: undefined,
  })
  const indent = /^ */.exec(name)?.[0] ?? ''
  return [
    row(name, 'ms', one.milliseconds, to.milliseconds),
    row(`${indent}  memory then`, 'MiB', one.mebibytes, to.mebibytes),
  ]
}

async function starting(begin: () => Promise<Program>): Promise<Start> {
  const begun = performance.now()
  await using server = await begin()
  return { milliseconds: performance.now() - begun, mebibytes: server.memory() ?? 0 }
}

/** The engine in a folder, that answers. */
async function startAgain(folder: string): Promise<Program> {
  const config = `-config=${join(folder, 'lasting.toml')}`
  const engine = await start([PROGRAM, 'server', config], /server started!/)
  const env = { POSTERN_ADDR: `https://127.0.0.1:${engine.port}`, POSTERN_SKIP_VERIFY: 'true' }
  execFileSync(PROGRAM, ['status'], { env })
  return engine
}

/** Leases of passwords that nobody uses, the only way in. */
async function makeBaoLeases(bao: OpenBao, caFile: string, most: number): Promise<void> {
  if (most <= 0) return
  await using server = await bao.start()
  const ca = readFileSync(caFile, 'utf8')
  await prepare(server, ca)
  const first = request('POST', '/v1/ssh/creds/web', { ip: '10.1.2.3' }, tokenOf(server))
  const job = { ports: [server.port], ca, clients: 32, milliseconds: 1_200_000, most }
  const { failures } = await load({ ...job, work: { kind: 'pair', first } })
  if (failures > 0) throw new Error(`OpenBao refused ${failures} of ${most} leases`)
}

/** Writes leases as `creds` does, straight into the store. */
async function makeLeases(folder: string, count: number): Promise<void> {
  if (count <= 0) return
  await using inner = await SqliteStore.open(join(folder, 'data'))
  const barrier = new Barrier(inner)
  const key = Buffer.from(readFileSync(join(folder, 'seal.key'), 'utf8').trim(), 'base64')
  const sealing = new Sealing({
    store: inner,
    barrier,
    identity: new StorageIdentity({ store: inner, memory: undefined, cannotKeep() {} }),
    sealKeys: [key],
    bootstrap: () => Promise.reject(new Error('it has been initialized')),
    open: async () => ({ [Symbol.asyncDispose]: async () => {} }),
  })
  await sealing.unsealAlone()
  const mount = {
    id: 'bench',
    path: 'ssh/',
    type: 'ssh',
    accessor: '',
    salt: '',
    hasRecords: false,
    naming: 'keyed' as const,
  }
  const settings = {
    mount: { ...mount, defaultTtl: MONTH, maxTtl: MONTH, setTtl: 0 },
    token: 'bench',
  }
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
