import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { simulateStorm } from '../simulate/storm.ts'
import { certificateAuthority } from '../support/certificates.ts'
import { startLastingEngine } from './lasting.ts'
import { ProcessorQuota } from './processor-quota.ts'
import { load, type Program } from './programs.ts'
import { prepare, request, tokenOf, VERIFY } from './requests.ts'
import { rowOf, type Sample, sampleOf } from './sample.ts'
import type { StormJob, StormOutcome } from './storm-load.ts'
import type { Row } from './table.ts'

/** Hosts that come back: `POSTERN_BENCH_STORM=2000` for fewer. */
const HOSTS = Number(process.env.POSTERN_BENCH_STORM ?? 10_000)
/** Of a core for the engine: hosts have processors of their own, and here they must share what is left. */
const CORES = 0.25
/** Milliseconds until a login that failed is tried again. */
const RETRY = 5000
/** Milliseconds within which they come back: at once, and as timers with RandomizedDelaySec=10s do. */
const SPREADS = [0, 10_000]
/** Passwords that are verified before, to learn what one costs. */
const PROBE = 1500
const PROBE_CLIENTS = 8
/** Milliseconds between two looks at the engine. */
const LOOK = 100
const ROLE = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8', ttl: '30m' }

/** What the engine has at most while a storm is on. */
interface Peak {
  mebibytes: number
  descriptors: number
}

interface Place {
  readonly engine: Program
  readonly ca: string
  /** The helper's configuration. */
  readonly config: string
  readonly audit: string
}

/**
 * All hosts of a fleet log in at once, each from an address of its own, to one engine on SQLite with an audit log: how long until all are
 * served, beside what the model of `npm run simulate` says, given what one verify has cost just before.
 */
export async function stormRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    const authority = certificateAuthority(folder)
    const certificate = authority.issue({ addresses: ['127.0.0.1'] })
    const [config, audit] = [join(folder, 'helper.toml'), join(folder, 'audit.log')]
    const more = `[[audit]]\nfile_path = "${audit}"\n`
    using quota = ProcessorQuota.of(CORES)
    await using engine = await startLastingEngine(certificate, authority.caFile, folder, { more })
    const lines = [
      `vault_addr = "https://127.0.0.1:${engine.port}"`,
      `ca_cert = "${authority.caFile}"`,
      'allowed_roles = "*"',
    ]
    writeFileSync(config, lines.map(line => `${line}\n`).join(''), { mode: 0o600 })
    const place = { engine, ca: readFileSync(authority.caFile, 'utf8'), config, audit }
    await prepare(engine, place.ca)
    quota.add(engine)
    await issue(place, { path: '/v1/ssh/roles/web', data: ROLE, most: 1 })
    const probed = await probe(place)
    const rows: Row[] = [
      rowOf('verify before the storm, new connections', { one: probed, to: probed }),
      ...(await pollRows(place, probed)),
      plain('  memory of the engine', engine.memory() ?? 0, 'MiB'),
    ]
    // by the clock: on a busy machine a second has less than a second of processor time
    const cost = 1e6 / probed.perSecond
    for (const spread of SPREADS) rows.push(...(await storm(place, spread, cost)))
    return rows
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const plain = (name: string, amount: number, unit: string, ratio = 1): Row => ({
  ...{ name, amount, unit, ratio, aim: undefined },
})

/** Passwords from a path that issues them. */
async function issue(
  { engine, ca }: Place,
  { path, data, most }: { readonly path: string; readonly data: object; readonly most: number },
): Promise<readonly string[]> {
  const first = request('POST', path, data, tokenOf(engine))
  const work = { kind: 'pair', first } as const
  const job = { ports: [engine.port], ca, clients: 32, milliseconds: 120_000, most, work }
  const { failures, keys } = await load(job)
  if (failures > 0) throw new Error(`${path}: ${failures} requests failed`)
  return keys
}

const CREDS = { path: '/v1/ssh/creds/web', data: { ip: '10.1.2.3' } }

/** Passwords verified on new connections before the storm. */
async function probe(place: Place): Promise<Sample> {
  const keys = await issue(place, { ...CREDS, most: PROBE })
  const requests = keys.map(otp => request('PUT', VERIFY, { otp, ip: ['10.1.2.3'] }))
  const work = { kind: 'connect', requests } as const
  const job = { ca: place.ca, clients: PROBE_CLIENTS, milliseconds: 30_000, work }
  return await sampleOf('verify', [place.engine], job)
}

/** What the timers of hosts ask for every minute, likewise. */
async function pollRows(place: Place, to: Sample): Promise<readonly Row[]> {
  await issue(place, { path: '/v1/ssh/config/ca', data: { generate_signing_key: true }, most: 1 })
  const requests = Array.from({ length: PROBE }, () => request('GET', '/v1/ssh/krl'))
  const written = statSync(place.audit).size
  const work = { kind: 'connect', requests } as const
  const job = { ca: place.ca, clients: PROBE_CLIENTS, milliseconds: 30_000, work }
  const one = await sampleOf('krl', [place.engine], job)
  const bytes = (statSync(place.audit).size - written) / PROBE
  return [
    rowOf('  KRL, new connections', { one, to }),
    plain('  audit log for a poll', bytes, 'bytes'),
  ]
}

async function storm(place: Place, spread: number, cost: number): Promise<readonly Row[]> {
  const passwords = await issue(place, { ...CREDS, most: HOSTS })
  const peak = { mebibytes: 0, descriptors: 0 }
  const looking = setInterval(() => look(place.engine, peak), LOOK)
  const [written, cpu] = [statSync(place.audit).size, place.engine.cpu() ?? 0]
  const outcome = await run({ config: place.config, passwords, spread, retry: RETRY })
  clearInterval(looking)
  const spent = (((place.engine.cpu() ?? 0) - cpu) * 1000) / HOSTS
  const bytes = (statSync(place.audit).size - written) / HOSTS
  return rowsOf({ outcome, peak, spread, cost, spent, bytes })
}

interface Seen {
  readonly outcome: StormOutcome
  readonly peak: Peak
  readonly spread: number
  readonly cost: number
  readonly spent: number
  readonly bytes: number
}

function rowsOf({ outcome, peak, spread, cost, spent, bytes }: Seen): readonly Row[] {
  const model = simulateStorm({ hosts: HOSTS, spread: spread / 1000, cost, retry: RETRY / 1000 })
  const { failures, until } = outcome
  const how = spread === 0 ? 'at once' : `within ${spread / 1000} s`
  const tries = Object.values(failures).reduce((sum, count) => sum + count, 0)
  return [
    {
      ...plain(`${HOSTS} hosts log in ${how}: all served`, until / 1000, 's'),
      ...{ p50: outcome.p50, p99: outcome.p99 },
    },
    {
      ...plain('  in the model', model.until, 's', (model.until * 1000) / until),
      ...{ p50: model.p50 * 1000, p99: model.p99 * 1000 },
    },
    plain('  served', outcome.served, '', outcome.served / HOSTS),
    plain('  served, reply too late', outcome.late, '', outcome.late / HOSTS),
    plain('  never served', outcome.lost, '', outcome.lost / HOSTS),
    plain('  attempts that failed', tries, '', tries / HOSTS),
    plain('  the same, in the model', model.failures, '', model.failures / HOSTS),
    plain('  processor time for a host', spent, 'us CPU', spent / cost),
    plain('  memory of the engine, at most', peak.mebibytes, 'MiB'),
    plain('  descriptors, at most', peak.descriptors, ''),
    plain('  delay of the hosts themselves, p99', outcome.delay, 'ms'),
    plain('  audit log for a host', bytes, 'bytes'),
  ]
}

/** Runs the hosts in a process of their own. */
async function run(job: StormJob): Promise<StormOutcome> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'storm-load.ts')], {
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(job))
  const output = await text(child.stdout)
  if (output === '') throw new Error('the hosts of the storm failed')
  return JSON.parse(output)
}

function look(engine: Program, peak: Peak): void {
  peak.mebibytes = Math.max(peak.mebibytes, engine.memory() ?? 0)
  try {
    const count = readdirSync(`/proc/${engine.pid}/fd`).length
    peak.descriptors = Math.max(peak.descriptors, count)
  } catch {
    // only Linux tells
  }
}
