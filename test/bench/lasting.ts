import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from '../support/certificates.ts'
import { type Program, start } from './programs.ts'

const PROGRAM = join(import.meta.dirname, '../../dist/postern')

/** An engine as it is run in earnest: its data is in SQLite, encrypted, and it unseals itself. Its output ends with its root token. */
export async function startLastingEngine(
  { certFile, keyFile }: Certificate,
  caFile: string,
  folder: string,
): Promise<Program> {
  const [config, seal] = [join(folder, 'lasting.toml'), join(folder, 'seal.key')]
  writeFileSync(seal, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
  writeFileSync(
    config,
    `log_level = "warn"
[listener]
address = "127.0.0.1:0"
tls_cert_file = "${certFile}"
tls_key_file = "${keyFile}"
[storage]
type = "sqlite"
path = "${join(folder, 'data')}"
[seal]
type = "file"
path = "${seal}"
`,
    { mode: 0o600 },
  )
  const engine = await start([PROGRAM, 'server', `-config=${config}`], /server started!/)
  const told = execFileSync(PROGRAM, ['operator', 'init', '-format=json'], {
    encoding: 'utf8',
    env: { POSTERN_ADDR: `https://127.0.0.1:${engine.port}`, POSTERN_CACERT: caFile },
  })
  const { root_token: token } = JSON.parse(told) as { readonly root_token: string }
  return { ...engine, output: `${engine.output}Root Token: ${token}\n` }
}
