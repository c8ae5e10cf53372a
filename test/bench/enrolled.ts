import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { certificateAuthority } from '../support/certificates.ts'
import { helperWith, measure, median, type Run } from './login-process.ts'
import type { Program } from './programs.ts'
import { prepare, tokenOf } from './requests.ts'
import { startEngine } from './servers.ts'
import { sshLoginRows } from './ssh-logins.ts'
import type { Row } from './table.ts'

const RUNS = 61

/**
 * What a login costs in which the host signs its request and the engine its reply, beside one without, in turns. The ratio is the median of
 * those of each turn, so it holds when the speed of the machine drifts.
 */
export async function enrolledRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    const authority = certificateAuthority(folder)
    await using engine = await startEngine(authority.issue({ addresses: ['127.0.0.1'] }), folder)
    const ca = readFileSync(authority.caFile, 'utf8')
    await prepare(engine, ca)
    const config = (name: string) => {
      const file = join(folder, name)
      const lines = [
        `vault_addr = "https://127.0.0.1:${engine.port}"`,
        `ca_cert = "${authority.caFile}"`,
        'allowed_roles = "*"',
        `state_directory = "${folder}"`,
      ]
      writeFileSync(file, lines.map(line => `${line}\n`).join(''), { mode: 0o600 })
      return file
    }
    const [plain, enrolled] = [config('plain.toml'), config('enrolled.toml')]
    const { token } = await ask(engine, ca, { path: 'hosts/bench/enroll', body: {} })
    enroll(enrolled, String(token), folder)
    // the other login is by nobody whom the engine knows
    await ask(engine, ca, { path: 'config/verify', body: { anonymous: 'allow' } })
    const issue = async () => String((await ask(engine, ca, CREDS)).key)
    return [...(await rowsOf(issue, folder, { plain, enrolled })), ...(await sshLoginRows())]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const CREDS = { path: 'creds/web', body: { ip: '10.1.2.3' } }

async function rowsOf(
  issue: () => Promise<string>,
  folder: string,
  { plain, enrolled }: { readonly plain: string; readonly enrolled: string },
): Promise<readonly Row[]> {
  const [without, signed]: [Run[], Run[]] = [[], []]
  const run = (config: string, otp: string) => measure(helperWith(config), otp, folder)
  for (let at = 0; at < RUNS; at++) {
    const [one, other] = [await issue(), await issue()]
    without.push(run(plain, one))
    signed.push(run(enrolled, other))
  }
  const row = (name: string, key: keyof Run, runs: readonly Run[], aim?: string): Row => ({
    name,
    amount: median(runs.map(each => each[key])),
    unit: key === 'peak' ? 'MiB' : 'ms',
    ratio: median(runs.map((each, at) => each[key] / (without[at]?.[key] ?? Number.NaN))),
    aim,
  })
  // in steps too large for a median
  const cpu = (runs: readonly Run[]) => runs.reduce((sum, each) => sum + each.cpu, 0) / runs.length
  const mean = (name: string, runs: readonly Run[], aim?: string): Row => {
    const amount = cpu(runs)
    return { name, amount, unit: 'ms', ratio: amount / cpu(without), aim }
  }
  return [
    row('a login without signatures', 'wall', without),
    row('  by an enrolled host', 'wall', signed, '<= 1.06'),
    mean('a login without signatures, CPU', without),
    mean('  by an enrolled host', signed, '<= 1.06'),
    row('a login without signatures, peak memory', 'peak', without),
    row('  by an enrolled host', 'peak', signed, '<= 50 MiB'),
  ]
}

/** Enrols a host, as an administrator does. */
function enroll(config: string, token: string, folder: string): void {
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, token, { mode: 0o600 })
  const [helper = ''] = helperWith(config)
  const words = ['-name=bench', `-token-file=${tokenFile}`, `-key=${join(folder, 'host-key')}`]
  execFileSync(helper, ['enroll', `-config=${config}`, ...words], { stdio: 'pipe' })
}

/** Writes with the root token. Gives `data` of the reply. */
async function ask(
  engine: Program,
  ca: string,
  { path, body }: { readonly path: string; readonly body: object },
): Promise<Readonly<Record<string, unknown>>> {
  const [name = '', value = ''] = tokenOf(engine).trim().split(': ')
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const where = { host: '127.0.0.1', port: engine.port, path: `/v1/ssh/${path}`, ca }
  request({ ...where, method: 'POST', headers: { [name]: value } }, resolve)
    .on('error', reject)
    .end(JSON.stringify(body))
  const reply = await text(await promise)
  return reply === '' ? {} : JSON.parse(reply).data
}
