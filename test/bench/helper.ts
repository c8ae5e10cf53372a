import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { certificateAuthority } from '../support/certificates.ts'
import { AT_ONCE, atOnceRows, type Start } from './at-once.ts'
import { helperWith, measure, median, PAM, type Run } from './login-process.ts'
import { load, type Program } from './programs.ts'
import { prepare, request, tokenOf } from './requests.ts'
import { startEngine } from './servers.ts'
import type { Row } from './table.ts'

const RUNS = 31

/** Passwords: of one login after the other of two kinds, and of two crowds. */
const OTPS = 2 * RUNS + 2 * AT_ONCE

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
    const ca = readFileSync(authority.caFile, 'utf8')
    const otps = await passwords(engine, ca)
    const settings = `vault_addr = "https://127.0.0.1:${engine.port}"\nca_cert = "${authority.caFile}"\nallowed_roles = "*"\n`
    const config = (name: string, more = '') => {
      const file = join(folder, name)
      writeFileSync(file, settings + more, { mode: 0o600 })
      return file
    }
    const key = await activeKey(engine, ca)
    const plain = config('plain.toml')
    const signed = config('signed.toml', `verify_keys = ["${key}"]\n`)
    const one = rowsOf(otps.slice(0, 2 * RUNS), folder, { plain, signed })
    const bare: Start = { command: [process.execPath, '-e', '0'], input: '', env: PAM }
    const logins = otps
      .slice(2 * RUNS)
      .map(input => ({ command: helperWith(plain), input, env: PAM }))
    return [...one, ...(await atOnceRows(Array(AT_ONCE).fill(bare), logins))]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Configurations {
  readonly plain: string
  /** With the key that the engine signs its answers with. */
  readonly signed: string
}

function rowsOf(
  otps: readonly string[],
  folder: string,
  { plain, signed }: Configurations,
): readonly Row[] {
  const bare: Run[] = []
  const login: Run[] = []
  const signedLogin: Run[] = []
  const run = (config: string, otp: string) => measure(helperWith(config), otp, folder)
  for (let at = 0; at + 1 < otps.length; at += 2) {
    bare.push(measure([process.execPath, '-e', '0'], '', folder))
    login.push(run(plain, otps[at] ?? ''))
    signedLogin.push(run(signed, otps[at + 1] ?? ''))
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
    row('  helper, a login', 'wall', 'ms', login, '<= 1.75'),
    {
      ...row('  helper, a login with verify_keys', 'wall', 'ms', signedLogin, '<= 1.06 x that'),
      ratio: median(signedLogin.map(({ wall }) => wall)) / median(login.map(({ wall }) => wall)),
    },
    row('node -e 0, peak memory', 'peak', 'MiB', bare),
    row('  helper, a login', 'peak', 'MiB', login, '<= 50 MiB'),
    row('  helper, a login with verify_keys', 'peak', 'MiB', signedLogin, '<= 50 MiB'),
  ]
}

/** The key that the engine signs its answers with. */
async function activeKey({ port }: Program, ca: string): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    get({ host: '127.0.0.1', port, path: '/v1/ssh/verify/keys', ca }, resolve).on('error', reject),
  )
  const { data } = (await json(response)) as { readonly data: { readonly keys: Key[] } }
  const key = data.keys.find(({ state }) => state === 'active')
  if (!key) throw new Error('no key signs')
  return key.public_key
}

interface Key {
  readonly state: string
  readonly public_key: string
}

async function passwords(engine: Program, ca: string): Promise<readonly string[]> {
  await prepare(engine, ca)
  const first = request('POST', '/v1/ssh/creds/web', { ip: '10.1.2.3' }, tokenOf(engine))
  const work = { kind: 'pair', first } as const
  const job = { ports: [engine.port], ca, clients: 1, milliseconds: 20_000, most: OTPS, work }
  return (await load(job)).keys.slice(0, OTPS)
}
