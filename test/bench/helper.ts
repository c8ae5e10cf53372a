import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificateAuthority } from '../support/certificates.ts'
import { load, type Program } from './programs.ts'
import { prepare, request, tokenOf } from './requests.ts'
import { startEngine } from './servers.ts'
import type { Row } from './table.ts'

const RUNS = 31

/** One whole process: milliseconds from its start to its end, and the most memory it had, in MiB. */
interface Run {
  readonly wall: number
  readonly peak: number
}

/**
 * What a login costs on the host: the helper as a whole process, beside a Node that does nothing. Both are started in turns, as pam_exec
 * would, and the engine answers on the same machine.
 */
export async function helperRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    const authority = certificateAuthority(folder)
    const certificate = authority.issue({ addresses: ['127.0.0.1'] })
    await using engine = await startEngine(certificate, folder)
    const otps = await passwords(engine, readFileSync(authority.caFile, 'utf8'))
    const config = join(folder, 'helper.toml')
    writeFileSync(
      config,
      `vault_addr = "https://127.0.0.1:${engine.port}"\nca_cert = "${authority.caFile}"\nallowed_roles = "*"\n`,
      { mode: 0o600 },
    )
    return rowsOf(otps, config, folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function rowsOf(otps: readonly string[], config: string, folder: string): readonly Row[] {
  const helper = join(import.meta.dirname, '../../dist/helper')
  const bare: Run[] = []
  const login: Run[] = []
  for (const otp of otps) {
    bare.push(measure([process.execPath, '-e', '0'], '', folder))
    login.push(measure([helper, `-config=${config}`, '-log-level=error'], otp, folder))
  }
  const row = (
    name: string,
    key: keyof Run,
    unit: string,
    runs: readonly Run[],
    aim?: string,
  ): Row => {
    const amount = median(runs.map(run => run[key]))
    return { name, amount, unit, ratio: amount / median(bare.map(run => run[key])), aim }
  }
  return [
    row('node -e 0, whole process', 'wall', 'ms', bare),
    row('  helper, a login', 'wall', 'ms', login, '<= 1.6'),
    row('node -e 0, peak memory', 'peak', 'MiB', bare),
    row('  helper, a login', 'peak', 'MiB', login, '<= 52 MiB'),
  ]
}

function measure(command: readonly string[], input: string, folder: string): Run {
  const report = join(folder, 'peak')
  const begun = performance.now()
  const { status, stderr } = spawnSync('/usr/bin/time', ['-f', '%M', '-o', report, ...command], {
    input,
    env: {
      PAM_TYPE: 'auth',
      PAM_USER: 'ubuntu',
      PAM_SERVICE: 'sshd',
      SSH_CONNECTION: '10.9.9.9 50000 10.1.2.3 22',
    },
  })
  const wall = performance.now() - begun
  if (status !== 0) throw new Error(`${command[0]} ended with ${status}: ${stderr}`)
  return { wall, peak: Number(readFileSync(report, 'utf8')) / 1024 }
}

async function passwords(engine: Program, ca: string): Promise<readonly string[]> {
  await prepare(engine, ca)
  const first = request('POST', '/v1/ssh/creds/web', { ip: '10.1.2.3' }, tokenOf(engine))
  const work = { kind: 'pair', first } as const
  const job = { ports: [engine.port], ca, clients: 1, milliseconds: 20_000, most: RUNS, work }
  return (await load(job)).keys.slice(0, RUNS)
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
