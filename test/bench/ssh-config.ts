import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connections } from '../../engine/cli/ssh/config/connections.ts'
import { keepPlan } from '../../engine/cli/ssh/config/kept-plan.ts'
import { certificateAuthority } from '../support/certificates.ts'
import { measure, median, type Run } from './login-process.ts'
import { startEngine } from './servers.ts'
import type { Row } from './table.ts'

const RUNS = 31

const PROGRAM = join(import.meta.dirname, '../../dist/postern')

/** Milliseconds that the check may take. */
const AIM = 100

/** What the check of `ssh-config` adds to a login while a connection is open, beside `postern status`, in turns. */
export async function sshConfigRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    const authority = certificateAuthority(folder)
    const certificate = authority.issue({ addresses: ['127.0.0.1'] })
    await using engine = await startEngine(certificate, folder)
    const address = `https://127.0.0.1:${engine.port}`
    const status = [PROGRAM, 'status', `-address=${address}`, `-ca-cert=${authority.caFile}`]
    await using connection = await openConnection(join(folder, 'live'))
    const runs: { status: Run; check: Run }[] = []
    for (let run = 0; run < RUNS; run++)
      runs.push({
        status: measure(status, '', folder),
        check: measure(connection.check, '', folder),
      })
    const reference = median(runs.map(each => each.status.wall))
    const check = median(runs.map(each => each.check.wall))
    return [
      row('postern status', reference, reference),
      { ...row('  check of ssh-config, live connection', check, reference), aim: `${AIM} ms` },
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const row = (name: string, amount: number, reference: number): Row => ({
  ...{ name, amount, unit: 'ms', ratio: amount / reference, aim: undefined },
})

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
