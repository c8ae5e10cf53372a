import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from '../support/certificates.ts'
import { type Program, start } from './programs.ts'

export const PROGRAM = join(import.meta.dirname, '../../dist/postern')

interface Lasting {
  /** What its configuration says of its storage; else it is SQLite in the folder. */
  readonly storage?: string
  readonly everyCore?: boolean
  /** The end of its configuration. */
  readonly more?: string
}

/** An engine as it is run in earnest: its data is durable and encrypted, and it unseals itself. Its output ends with its root token. */
export async function startLastingEngine(
  certificate: Certificate,
  caFile: string,
  folder: string,
  lasting: Lasting = {},
): Promise<Program> {
  const engine = await startLastingNode(certificate, folder, lasting)
  const told = execFileSync(PROGRAM, ['operator', 'init', '-format=json'], {
    encoding: 'utf8',
    env: { POSTERN_ADDR: `https://127.0.0.1:${engine.port}`, POSTERN_CACERT: caFile },
  })
  const { root_token: token, recovery_keys_b64: keys = [] } = JSON.parse(told) as {
    readonly root_token: string
    readonly recovery_keys_b64?: readonly string[]
  }
  const shown = `Root Token: ${token}\nRecovery Keys: ${keys.join(' ')}\n`
  return { ...engine, output: `${engine.output}\n${shown}` }
}

/** The same, but with data that is there, or that another node will initialize. Nodes with the same folder have the same seal. */
export async function startLastingNode(
  { certFile, keyFile }: Certificate,
  folder: string,
  { storage, everyCore = false, more = '' }: Lasting = {},
): Promise<Program> {
  const [config, seal] = [join(folder, 'lasting.toml'), join(folder, 'seal.key')]
  if (!existsSync(seal))
    writeFileSync(seal, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
  writeFileSync(
    config,
    `log_level = "warn"
[listener]
address = "127.0.0.1:0"
tls_cert_file = "${certFile}"
tls_key_file = "${keyFile}"
[storage]
${storage ?? `type = "sqlite"\npath = "${join(folder, 'data')}"`}
[seal]
type = "file"
path = "${seal}"
${more}`,
    { mode: 0o600 },
  )
  return start([PROGRAM, 'server', `-config=${config}`], /server started!/, { everyCore })
}
