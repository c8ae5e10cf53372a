import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { certificateAuthority } from '../support/certificates.ts'
import { Keygen } from '../support/keygen.ts'
import { DISTURBANCES, type Disturbed, movedLog } from './disturbances.ts'
import { flatness, type Slice } from './flatness.ts'
import { PROGRAM, startLastingEngine } from './lasting.ts'
import { mainThread, shareOfCore } from './main-thread.ts'
import type { MixedJob, MixedOutcome } from './mixed-load.ts'
import { TASKS } from './mixed-tasks.ts'
import { Operator } from './operator.ts'
import { prepareMixed } from './prepare-mixed.ts'
import { generate } from './programs.ts'

/*
 * Mixed load for a time, while the engine is disturbed as operators do: what grows meanwhile?
 *   npm run soak -- -minutes=60    10 without it
 */

const CLIENTS = 16
/** Milliseconds of load, in the middle of which the engine is disturbed once. */
const SLICE = 10_000
/** Milliseconds until the connections of the load are closed. */
const SETTLE = 1000

interface Place extends Disturbed {
  readonly ca: string
  /** Where the engine has its data. */
  readonly data: string
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

/** @throws {Error} if a request failed that should not */
async function soak(milliseconds: number): Promise<readonly Slice[]> {
  const authority = certificateAuthority(folder)
  const certificate = authority.issue({ addresses: ['127.0.0.1'] })
  const [audit, data] = [join(folder, 'audit.log'), join(folder, 'data')]
  const more = `[[audit]]\nfile_path = "${audit}"\n`
  await using engine = await startLastingEngine(certificate, authority.caFile, folder, { more })
  const ca = readFileSync(authority.caFile, 'utf8')
  const operator = new Operator(engine, ca)
  using keygen = new Keygen()
  const prepared = await prepareMixed(operator, keygen.key('-t', 'ed25519').line)
  // the least: what is signed in the first hour stays in the inventory
  await operator.ask('PUT', 'ssh/config/certs', { keep_expired: '1h' })
  const place = { engine, operator, audit, ca, prepared, data }
  const slices: Slice[] = []
  const end = performance.now() + milliseconds
  const names = Object.keys(DISTURBANCES)
  for (let at = 0; performance.now() < end; at++)
    slices.push(await sliceOf(place, names[at % names.length] ?? '', at))
  console.log(verified(audit))
  return slices
}

async function sliceOf(place: Place, disturbance: string, at: number): Promise<Slice> {
  const { engine, ca, prepared } = place
  const [cpuBefore, before] = [engine.cpu() ?? 0, mainThread(engine.pid)]
  const job: MixedJob = {
    ...{ port: engine.port, ca, clients: CLIENTS, prepared },
    tasks: Object.keys(TASKS),
    mayBeSealed: disturbance === 'seal',
    milliseconds: SLICE,
  }
  const loading = generate<MixedOutcome>('mixed-load.ts', job)
  const disturbing = delay(SLICE / 2).then(() => DISTURBANCES[disturbance]?.(place, at))
  const [done] = await Promise.all([loading, disturbing])
  if (done.failure !== undefined) throw new Error(`with ${disturbance}: ${done.failure}`)
  const cpu = (((engine.cpu() ?? 0) - cpuBefore) * 1000) / done.count
  const share = shareOfCore(engine.pid, before)
  await delay(SETTLE)

  const slice = {
    mebibytes: engine.memory() ?? 0,
    descriptors: readdirSync(`/proc/${engine.pid}/fd`).length,
    cpu,
    p50: done.p50 * share,
    p99: done.p99 * share,
  }
  print(disturbance, slice, done)
  console.log(
    `  ${sizeOf(place.data).toFixed(0)} MiB stored, ${percent(share)} of its core, load of the machine ${loadavg()[0]?.toFixed(1)}`,
  )
  return slice
}

function print(disturbance: string, slice: Slice, done: MixedOutcome): void {
  const { mebibytes, descriptors, cpu, p50, p99 } = slice
  const perSecond = (done.count * 1000) / done.milliseconds
  const milliseconds = `p50 ${done.p50.toFixed(1)} ms -> ${p50.toFixed(1)}, p99 ${done.p99.toFixed(0)} ms -> ${p99.toFixed(0)}`
  const sealed = done.sealed > 0 ? `, ${done.sealed} found it sealed` : ''
  console.log(
    `${disturbance.padEnd(15)} ${perSecond.toFixed(0)} requests/s, ${cpu.toFixed(0)} us CPU each, ${milliseconds}, ${mebibytes.toFixed(0)} MiB, ${descriptors} descriptors${sealed}`,
  )
}

function percent(part: number): string {
  return `${(part * 100).toFixed(0)} %`
}

/** What the audit log says of itself, and the one that was moved last. @throws {Error} if they are not intact */
function verified(audit: string): string {
  const files = [movedLog(audit), audit].filter(file => existsSync(file))
  return execFileSync(PROGRAM, ['audit', 'verify', ...files], { encoding: 'utf8' }).trim()
}

/** MiB of all files in a folder. */
function sizeOf(data: string): number {
  const sizes = readdirSync(data).map(name => statSync(join(data, name)).size)
  return sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20
}
