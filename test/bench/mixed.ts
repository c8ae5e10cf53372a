import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificateAuthority } from '../support/certificates.ts'
import { Keygen } from '../support/keygen.ts'
import { startLastingEngine } from './lasting.ts'
import type { MixedJob, MixedOutcome } from './mixed-load.ts'
import { type Prepared, TASKS } from './mixed-tasks.ts'
import { BAO, OpenBao } from './open-bao.ts'
import { Operator } from './operator.ts'
import { prepareMixed } from './prepare-mixed.ts'
import { generate, type Program } from './programs.ts'
import type { Row } from './table.ts'

/** Minutes of load for each server. */
const MINUTES = Number(process.env.POSTERN_BENCH_MIXED_MINUTES ?? 1)
const CLIENTS = 16
/** Milliseconds for which a server has load before it is the next one's turn. */
const TURN = 10_000

interface Contender {
  readonly name: string
  readonly server: Program
  readonly prepared: Prepared
}

interface Done {
  requests: number
  milliseconds: number
}

/**
 * The load of the soak, and what a server has in memory after it; beside OpenBao with raft, where `POSTERN_BENCH_BAO` names the program.
 * OpenBao has no KRL, so there is none in this load. In turns, and neither writes an audit log.
 */
export async function mixedRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  await using stack = new AsyncDisposableStack()
  using keygen = new Keygen()
  try {
    const { caFile, issue } = certificateAuthority(folder)
    const certificate = issue({ addresses: ['127.0.0.1'] })
    const ca = readFileSync(caFile, 'utf8')
    const contend = async (name: string, server: Program): Promise<Contender> => {
      const publicKey = keygen.key('-t', 'ed25519').line
      return { name, server, prepared: await prepareMixed(new Operator(server, ca), publicKey) }
    }
    const engine = stack.use(await startLastingEngine(certificate, caFile, folder))
    const contenders = [await contend('SQLite', engine)]
    if (BAO) {
      const bao = await OpenBao.create(BAO, certificate, { storage: 'raft', folder, caFile })
      contenders.push(await contend('OpenBao, raft', stack.use(await bao.start())))
    }
    return await measure(contenders, ca)
  } finally {
    await stack.disposeAsync()
    rmSync(folder, { recursive: true })
  }
}

async function measure(contenders: readonly Contender[], ca: string): Promise<readonly Row[]> {
  const before = contenders.map(({ server }) => server.cpu() ?? 0)
  const done = contenders.map((): Done => ({ requests: 0, milliseconds: 0 }))
  const tasks = Object.keys(TASKS).filter(name => name !== 'key revocation list')
  for (let turn = 0; turn < (MINUTES * 60_000) / TURN; turn++)
    for (const [at, { name, server, prepared }] of contenders.entries()) {
      const job = { port: server.port, ca, clients: CLIENTS, tasks, prepared }
      const mixed: MixedJob = { ...job, mayBeSealed: false, milliseconds: TURN }
      const outcome = await generate<MixedOutcome>('mixed-load.ts', mixed)
      if (outcome.failure !== undefined) throw new Error(`${name}: ${outcome.failure}`)
      const sum = done[at] as Done
      sum.requests += outcome.count
      sum.milliseconds += outcome.milliseconds
    }
  const used = contenders.map(({ server }, at) => (server.cpu() ?? 0) - (before[at] ?? 0))
  return [...speedRows(contenders, done, used), ...memoryRows(contenders)]
}

function speedRows(
  contenders: readonly Contender[],
  done: readonly Done[],
  used: readonly number[],
): readonly Row[] {
  const rates = done.map(({ requests, milliseconds }) => (requests * 1000) / milliseconds)
  const cpus = done.map(({ requests }, at) => ((used[at] ?? 0) * 1000) / requests)
  const [rate = 1, first = 1] = [rates[0], cpus[0]]
  return contenders.map(({ name }, at) => ({
    name: at === 0 ? `mixed load for ${MINUTES} min, requests: ${name}` : `  ${name}`,
    amount: rates[at] ?? 0,
    unit: '/s',
    ratio: (rates[at] ?? 0) / rate,
    aim: undefined,
    cpu: cpus[at],
    cpuRatio: (cpus[at] ?? 0) / first,
  }))
}

function memoryRows(contenders: readonly Contender[]): readonly Row[] {
  const amounts = contenders.map(({ server }) => server.memory() ?? 0)
  return contenders.map(({ name }, at) => ({
    name: `  memory after it: ${name}`,
    amount: amounts[at] ?? 0,
    unit: 'MiB',
    ratio: (amounts[at] ?? 0) / (amounts[0] ?? 1),
    aim: at === 0 ? undefined : '>= 1',
  }))
}
