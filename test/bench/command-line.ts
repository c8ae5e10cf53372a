import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connections } from '../../engine/cli/ssh/config/connections.ts'
import { keepPlan } from '../../engine/cli/ssh/config/kept-plan.ts'
import { certificateAuthority } from '../support/certificates.ts'
import { measure, median, type Run } from './login-process.ts'
import { BAO } from './open-bao.ts'
import { startEngine } from './servers.ts'
import type { Row } from './table.ts'

const RUNS = 31

const PROGRAM = join(import.meta.dirname, '../../dist/postern')

const NODE = 'node -e 0, whole process'
const STATUS = '  postern status'
const CHECK = '  check of ssh-config, live connection'
const BAO_STATUS = '  bao status'

/** What is aimed at; of the status only beside OpenBao. */
const AIMS: Readonly<Record<string, string>> = {
  ...(BAO !== undefined && { [STATUS]: '<= bao status' }),
  [CHECK]: '<= 100 ms',
}

/**
 * What commands cost as whole processes, beside a Node that does nothing, and beside OpenBao's where `POSTERN_BENCH_BAO` names it, which
 * asks the same engine. All are started in turns.
 */
export async function commandLineRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    const authority = certificateAuthority(folder)
    const certificate = authority.issue({ addresses: ['127.0.0.1'] })
    await using engine = await startEngine(certificate, folder)
    const server = [`-address=https://127.0.0.1:${engine.port}`, `-ca-cert=${authority.caFile}`]
    await using connection = await openConnection(join(folder, 'live'))
    const commands = {
      [NODE]: [process.execPath, '-e', '0'],
      '  postern version': [PROGRAM, 'version'],
      [STATUS]: [PROGRAM, 'status', ...server],
      ...(BAO !== undefined && { [BAO_STATUS]: [BAO, 'status', ...server] }),
      [CHECK]: connection.check,
    }
    const runs = inTurns(commands, folder)
    const of = runs.has(BAO_STATUS) ? BAO_STATUS : NODE
    return [...runs.keys()].map(name => rowOf(name, name === STATUS ? of : NODE, runs))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

type Runs = ReadonlyMap<string, readonly Run[]>

function inTurns(commands: Readonly<Record<string, readonly string[]>>, folder: string): Runs {
  const runs = new Map<string, Run[]>(Object.keys(commands).map(name => [name, []]))
  for (let run = 0; run < RUNS; run++)
    for (const [name, command] of Object.entries(commands))
      runs.get(name)?.push(measure(command, '', folder))
  return runs
}

function rowOf(name: string, of: string, runs: Runs): Row {
  const [own = [], reference = []] = [runs.get(name), runs.get(of)]
  const amount = median(own.map(({ wall }) => wall))
  return {
    name,
    amount,
    unit: 'ms',
    ratio: amount / median(reference.map(({ wall }) => wall)),
    aim: AIMS[name],
    cpu: 1000 * cpuOf(own),
    cpuRatio: cpuOf(own) / cpuOf(reference),
  }
}

/** The mean, since a single one is known in steps of 10 ms. */
const cpuOf = (runs: readonly Run[]) => runs.reduce((sum, { cpu }) => sum + cpu, 0) / runs.length

/** Stands in for the ssh that holds a connection, and gives the check that finds it. */
async function openConnection(directory: string) {
  mkdirSync(directory, { mode: 0o700 })
  const [socket, pointer] = [join(directory, 'm-0'), join(directory, 'pointer')]
  const server = createServer(client => client.on('error', () => client.destroy()))
  server.listen(socket)
  await once(server, 'listening')
  // the arguments of an ssh that is no process
  const words = ['-l', 'nobody-else', 'web']
  keepPlan(directory, words, { plan: { kind: 'connection', pointer }, files: [] })
  using connections = await Connections.hold({ directory, pointer })
  await connections?.add(socket, { lifetime: 3_600_000, ssh: process.pid, role: 'web' })
  const flags = [`-directory=${directory}`, '-max-sessions=1000']
  return {
    check: [PROGRAM, 'ssh', '-check', ...flags, '--', 'web', 'nobody-else', '22'],
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}
