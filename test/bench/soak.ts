import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { certificateAuthority } from '../support/certificates.ts'
import { flatness, type Slice } from './flatness.ts'
import { startLastingEngine } from './lasting.ts'
import { load, type Program } from './programs.ts'
import { prepare, request, tokenOf, VERIFY } from './requests.ts'
import { sampleOf } from './sample.ts'

/*
 * Load for a time, while the engine is disturbed as operators do: SIGHUP, new keys of the storage, moved audit logs, seals.
 *   npm run soak -- -minutes=60    10 without it
 */

const CLIENTS = 16
/** Milliseconds of load between two disturbances. */
const SLICE = 10_000
/** Milliseconds for an engine to open its audit log again, or to unseal. */
const SETTLE = 1000

interface Place {
  readonly engine: Program
  readonly ca: string
  readonly audit: string
}

type Disturbance = (place: Place, at: number) => Promise<void>

const DISTURBANCES: Readonly<Record<string, Disturbance>> = {
  reload: async ({ engine }) => {
    process.kill(engine.pid, 'SIGHUP')
    await delay(SETTLE)
  },
  rotate: place => once(place, 'PUT', 'sys/rotate'),
  'moved log': async ({ engine, audit }, at) => {
    renameSync(audit, `${audit}.${at % 2}`)
    process.kill(engine.pid, 'SIGHUP')
    await delay(SETTLE)
  },
  seal: async place => {
    await once(place, 'PUT', 'sys/seal')
    const keys = /^Recovery Keys: (.+)$/m.exec(place.engine.output)?.[1]?.split(' ') ?? []
    // three of five
    for (const key of keys.slice(0, 3)) await once(place, 'PUT', 'sys/unseal', { key })
    await delay(SETTLE)
  },
}

// `-minutes` as all other flags here, which parseArgs would take for seven short ones
const args = process.argv.slice(2).map(word => word.replace(/^-(?=\w\w)/, '--'))
const { minutes } = parseArgs({
  args,
  options: { minutes: { type: 'string', default: '10' } },
}).values
const folder = mkdtempSync(join(tmpdir(), 'postern-soak-'))
try {
  const slices = await soak(Number(minutes) * 60_000)
  const { text, isFlat } = flatness(slices)
  console.log(text)
  process.exitCode = isFlat ? 0 : 1
} finally {
  rmSync(folder, { recursive: true })
}

/** @throws {Error} if a request failed */
async function soak(milliseconds: number): Promise<readonly Slice[]> {
  const authority = certificateAuthority(folder)
  const certificate = authority.issue({ addresses: ['127.0.0.1'] })
  const audit = join(folder, 'audit.log')
  const more = `[[audit]]\nfile_path = "${audit}"\n`
  await using engine = await startLastingEngine(certificate, authority.caFile, folder, { more })
  const place = { engine, ca: readFileSync(authority.caFile, 'utf8'), audit }
  await prepare(engine, place.ca)
  const slices: Slice[] = []
  const end = performance.now() + milliseconds
  const names = Object.keys(DISTURBANCES)
  for (let at = 0; performance.now() < end; at++) {
    const name = names[at % names.length] ?? ''
    await DISTURBANCES[name]?.(place, at)
    const slice = await sliceOf(place)
    slices.push(slice)
    const { perSecond, cpu, p50, p99, mebibytes, descriptors } = slice
    console.log(
      `after ${name.padEnd(9)} ${perSecond.toFixed(0)} pairs/s, ${cpu.toFixed(0)} us CPU each, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${mebibytes.toFixed(0)} MiB, ${descriptors} descriptors`,
    )
  }
  return slices
}

async function sliceOf({ engine, ca }: Place): Promise<Slice> {
  const first = request('POST', '/v1/ssh/creds/web', { ip: '10.1.2.3' }, tokenOf(engine))
  const work = { kind: 'pair', first, verify: VERIFY } as const
  const job = { ca, clients: CLIENTS, milliseconds: SLICE, work }
  const { perSecond, cpu = 0, p50, p99 } = await sampleOf('pairs', [engine], job)
  // the connections of the load are being closed
  await delay(SETTLE)
  const descriptors = readdirSync(`/proc/${engine.pid}/fd`).length
  return { perSecond, cpu, p50, p99, mebibytes: engine.memory() ?? 0, descriptors }
}

/** One request of an operator. @throws {Error} if it fails */
async function once(
  { engine, ca }: Place,
  ...[verb, path, data]: readonly [verb: string, path: string, data?: object]
): Promise<void> {
  const first = request(verb, `/v1/${path}`, data, tokenOf(engine))
  const work = { kind: 'pair', first } as const
  const job = { ports: [engine.port], ca, clients: 1, milliseconds: 20_000, most: 1, work }
  if ((await load(job)).failures > 0) throw new Error(`${path} failed`)
}
