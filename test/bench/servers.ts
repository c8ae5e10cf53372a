import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Certificate, certificateAuthority } from '../support/certificates.ts'
import { startLastingEngine } from './lasting.ts'
import type { Work } from './load.ts'
import { load, type Program, start } from './programs.ts'
import { prepare, request, tokenOf, VERIFY } from './requests.ts'
import { median, rowOf, type Sample, sampleOf } from './sample.ts'
import { startFloor } from './start-floor.ts'
import type { Row } from './table.ts'

const ROUNDS = 3
const MILLISECONDS = 1000
/** Clients at work at the same time: on connections that stay, and on a new one for each request. */
const STAYING = 32
const NEW = 8
/** Milliseconds in which each is used before it is measured: Node compiles what is used often. */
const WARM_UP = 4000
/** Passwords to have before a round: more than can be verified on new connections in its time. */
const STOCK = 5000

/** How fast the engine answers, with its data in SQLite, as ratios to a server that does nothing but TLS. Each is measured several times, in turns. */
export async function serverRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    const authority = certificateAuthority(folder)
    const certificate = authority.issue({ addresses: ['127.0.0.1'] })
    const ca = readFileSync(authority.caFile, 'utf8')
    await using echo = await startEcho(certificate)
    await using floor = await startFloor(certificate, folder)
    await using engine = await startLastingEngine(certificate, authority.caFile, folder)
    return await measure({ echo, floor, engine, ca })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Contenders {
  readonly echo: Program
  readonly floor: Program
  readonly engine: Program
  readonly ca: string
}

async function measure({ echo, floor, engine, ca }: Contenders): Promise<readonly Row[]> {
  const token = tokenOf(engine)
  const creds = request('POST', '/v1/ssh/creds/web', { ip: '10.1.2.3' }, token)
  const health = repeat(request('GET', '/v1/sys/health'))
  const verify = (otp: string) => request('PUT', VERIFY, { otp })
  const samples = new Map<string, Sample[]>()

  const pair: Work = { kind: 'pair', first: creds, verify: VERIFY }
  const list = repeat(request('LIST', '/v1/ssh/roles', {}, token))

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
  for (const [program, work] of [
    [echo, health],
    [engine, health],
    [engine, list],
    [engine, pair],
    [floor, pair],
  ] as const)
    await load({ ports: [program.port], ca, clients: STAYING, milliseconds: WARM_UP, work })
  for (let round = 0; round < ROUNDS; round++) {
    await sample('echo', echo, STAYING, health)
    await sample('health', engine, STAYING, health)
    await sample('list', engine, STAYING, list)
    await sample('pairs', engine, STAYING, pair)
    await sample('floor', floor, STAYING, pair)
    const { keys } = await issue(STOCK, creds)
    await sample('new echo', echo, NEW, { kind: 'connect', requests: keys.map(verify) })
    await sample('new verify', engine, NEW, { kind: 'connect', requests: keys.map(verify) })
  }

  const middle = (name: string) => median(samples.get(name) ?? [])
  const row = (name: string, of: string, reference: string, aim?: string): Row =>
    rowOf(name, { one: middle(of), to: middle(reference) }, aim)
  const turns = (name: string, of: string, aim?: string): Row =>
    rowOf(name, { one: inRequests(middle(of)), to: middle('echo') }, aim)
  return [
    row('raw TLS echo, keep-alive', 'echo', 'echo'),
    row('  sys/health', 'health', 'echo', '>= 0.34'),
    row('  LIST of roles, with a token', 'list', 'echo', '>= 0.10'),
    turns('  creds and verify in turns', 'pairs', '>= 0.08'),
    turns('  the same commits in bare Node', 'floor'),
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

/** A server that does nothing but TLS. */
export function startEcho({ certFile, keyFile }: Certificate): Promise<Program> {
  const [cert, key] = [certFile, keyFile].map(file => readFileSync(file, 'utf8'))
  const program = join(import.meta.dirname, 'echo.ts')
  return start([process.execPath, program], /^https:.*\n/, {
    input: JSON.stringify({ cert, key }),
  })
}

/** An engine in memory, with the page; `more` goes to the end of its configuration. */
export function startEngine(
  { certFile, keyFile }: Certificate,
  folder: string,
  more = '',
): Promise<Program> {
  const config = join(folder, 'engine.toml')
  const listener = `address = "127.0.0.1:0"\ntls_cert_file = "${certFile}"\ntls_key_file = "${keyFile}"`
  writeFileSync(config, `log_level = "warn"\nui = true\n[listener]\n${listener}\n${more}`, {
    mode: 0o600,
  })
  const program = join(import.meta.dirname, '../../dist/postern')
  return start([program, 'server', `-config=${config}`], /^Root Token: \S+\n/m)
}

const repeat = (text: string): Work => ({ kind: 'repeat', request: text })
