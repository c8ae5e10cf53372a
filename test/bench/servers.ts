import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Certificate, certificateAuthority } from '../support/certificates.ts'
import { startLastingEngine } from './lasting.ts'
import type { Job, Work } from './load.ts'
import { load, type Program, start } from './programs.ts'
import type { Row } from './table.ts'

const ROUNDS = 3
const MILLISECONDS = 1000
/** Clients at work at the same time: on connections that stay, and on a new one for each request. */
const STAYING = 32
const NEW = 8
/** Passwords to have before a round: more than can be verified on new connections in its time. */
const STOCK = 5000

export const VERIFY = '/v1/ssh/verify'
const ROLE = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8', ttl: '1m' }

/** What one server did in one round. */
export interface Sample {
  readonly perSecond: number
  /** Microseconds of its processor time for one request. */
  readonly cpu: number | undefined
  /** Milliseconds that one took: half of them were as fast, and 99 of 100. */
  readonly p50: number
  readonly p99: number
}

/** How fast the engine answers, with its data in SQLite, as ratios to a server that does nothing but TLS. Each is measured several times, in turns. */
export async function serverRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    const authority = certificateAuthority(folder)
    const certificate = authority.issue({ addresses: ['127.0.0.1'] })
    const ca = readFileSync(authority.caFile, 'utf8')
    await using echo = await startEcho(certificate)
    await using engine = await startLastingEngine(certificate, authority.caFile, folder)
    return await measure({ echo, engine, ca })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function measure({ echo, engine, ca }: { echo: Program; engine: Program; ca: string }) {
  const token = tokenOf(engine)
  const creds = request('POST', '/v1/ssh/creds/web', { ip: '10.1.2.3' }, token)
  const health = repeat(request('GET', '/v1/sys/health'))
  const verify = (otp: string) => request('PUT', VERIFY, { otp })
  const samples = new Map<string, Sample[]>()

  async function sample(name: string, program: Program, clients: number, work: Work) {
    const job = { ca, clients, milliseconds: MILLISECONDS, work }
    const earlier = samples.get(name) ?? []
    samples.set(name, [...earlier, await sampleOf(name, [program], job)])
  }
  const issue = (most: number, first: string) =>
    load({
      ports: [engine.port],
      ca,
      clients: STAYING,
      milliseconds: 20_000,
      most,
      work: { kind: 'pair', first },
    })

  await prepare(engine, ca)
  for (let round = 0; round < ROUNDS; round++) {
    await sample('echo', echo, STAYING, health)
    await sample('health', engine, STAYING, health)
    await sample('list', engine, STAYING, repeat(request('LIST', '/v1/ssh/roles', {}, token)))
    await sample('pairs', engine, STAYING, { kind: 'pair', first: creds, verify: VERIFY })
    const { keys } = await issue(STOCK, creds)
    await sample('new echo', echo, NEW, { kind: 'connect', requests: keys.map(verify) })
    await sample('new verify', engine, NEW, { kind: 'connect', requests: keys.map(verify) })
  }

  const middle = (name: string) => median(samples.get(name) ?? [])
  const row = (name: string, of: string, reference: string, aim?: string): Row =>
    rowOf(name, { one: middle(of), to: middle(reference) }, aim)
  const requests = inRequests(middle('pairs'))
  return [
    row('raw TLS echo, keep-alive', 'echo', 'echo'),
    row('  sys/health', 'health', 'echo', '>= 0.34'),
    row('  LIST of roles, with a token', 'list', 'echo'),
    rowOf('  creds and verify in turns', { one: requests, to: middle('echo') }, '>= 0.20'),
    row('raw TLS echo, new connections', 'new echo', 'new echo'),
    row('  verify', 'new verify', 'new echo', '>= 0.50'),
  ]
}

/** A pair is two requests. */
const inRequests = ({ perSecond, cpu, p50, p99 }: Sample): Sample => ({
  perSecond: perSecond * 2,
  cpu: cpu && cpu / 2,
  p50: p50 / 2,
  p99: p99 / 2,
})

/** A row of one sample, with its ratio to another. */
export const rowOf = (
  name: string,
  { one, to }: { readonly one: Sample; readonly to: Sample },
  aim?: string,
): Row => ({
  name,
  amount: one.perSecond,
  unit: '/s',
  ratio: one.perSecond / to.perSecond,
  aim,
  cpu: one.cpu,
  cpuRatio: one.cpu && to.cpu && one.cpu / to.cpu,
  busy: one.cpu && (one.cpu * one.perSecond) / 1e6,
  p50: one.p50,
  p99: one.p99,
})

/** Mounts the SSH engine, makes a role, and lets one source ask as often as it can. */
export async function prepare(engine: Program, ca: string): Promise<void> {
  for (const [path, data] of [
    ['/v1/sys/mounts/ssh', { type: 'ssh' }],
    ['/v1/ssh/roles/web', ROLE],
    ['/v1/sys/quotas/rate-limit/bench', { path: 'ssh/verify', rate: 1_000_000 }],
  ] as const) {
    const first = request('POST', path, data, tokenOf(engine))
    const work = { kind: 'pair', first } as const
    const job = { ports: [engine.port], ca, clients: 1, milliseconds: 20_000, most: 1, work }
    const { failures } = await load(job)
    if (failures > 0) throw new Error(`${path} failed`)
  }
}

/** Has one job done by a server, or by several that share its clients, and tells how fast it went. @throws {Error} if a request failed */
export async function sampleOf(
  name: string,
  programs: readonly Program[],
  job: Omit<Job, 'ports'>,
): Promise<Sample> {
  const before = cpuOf(programs)
  const { count, p50, p99, ...done } = await load({
    ports: programs.map(each => each.port),
    ...job,
  })
  if (done.failures > 0) throw new Error(`${name}: ${done.failures} of ${count} requests failed`)
  const after = cpuOf(programs)
  const cpu = before === undefined || after === undefined ? undefined : after - before
  return {
    perSecond: (count * 1000) / done.milliseconds,
    cpu: cpu && (cpu * 1000) / count,
    p50,
    p99,
  }
}

/** Processor time of all of them, if it is known of each. */
function cpuOf(programs: readonly Program[]): number | undefined {
  let sum = 0
  for (const program of programs) sum += program.cpu() ?? Number.NaN
  return Number.isNaN(sum) ? undefined : sum
}

/** The header with the token that an engine has printed. */
export const tokenOf = (engine: Program): string =>
  `X-Vault-Token: ${/^Root Token: (\S+)$/m.exec(engine.output)?.[1]}\r\n`

function startEcho({ certFile, keyFile }: Certificate): Promise<Program> {
  const [cert, key] = [certFile, keyFile].map(file => readFileSync(file, 'utf8'))
  const program = join(import.meta.dirname, 'echo.ts')
  return start([process.execPath, program], /^https:.*\n/, {
    input: JSON.stringify({ cert, key }),
  })
}

/** An engine in memory; `more` goes to the end of its configuration. */
export function startEngine(
  { certFile, keyFile }: Certificate,
  folder: string,
  more = '',
): Promise<Program> {
  const config = join(folder, 'engine.toml')
  const listener = `address = "127.0.0.1:0"\ntls_cert_file = "${certFile}"\ntls_key_file = "${keyFile}"`
  writeFileSync(config, `log_level = "warn"\n[listener]\n${listener}\n${more}`, { mode: 0o600 })
  const program = join(import.meta.dirname, '../../dist/postern')
  return start([program, 'server', `-config=${config}`], /^Root Token: \S+\n/m)
}

/** The text of a request; with data it has a body. */
export function request(verb: string, path: string, data: object = {}, headers = ''): string {
  const body = verb === 'POST' || verb === 'PUT' ? JSON.stringify(data) : ''
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`
  return `${verb} ${path} HTTP/1.1\r\nHost: bench\r\n${headers}${length}\r\n${body}`
}

const repeat = (text: string): Work => ({ kind: 'repeat', request: text })

/** The sample in the middle, by requests in a second. */
export function median(samples: readonly Sample[]): Sample {
  const sorted = samples.toSorted((a, b) => a.perSecond - b.perSecond)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (!middle) throw new Error('nothing was measured')
  return middle
}
