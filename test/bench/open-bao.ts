import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { type Program, start } from './programs.ts'

/** The program `bao` of OpenBao. It is no package of npm or Debian, so the rows about it are there only where this names it. */
export const BAO: string | undefined = process.env.POSTERN_BENCH_BAO

/** Where it stores its data: in a folder, or in the database that is named, with high availability on. */
export type BaoStorage = 'raft' | 'file' | { readonly database: string }

/** An OpenBao that can be stopped and started again with what it has stored. */
export class OpenBao {
  readonly #program: string
  readonly #config: string
  readonly #port: number
  readonly #caFile: string
  #unsealKey = ''
  #rootToken = ''

  private constructor(program: string, config: string, port: number, caFile: string) {
    this.#program = program
    this.#config = config
    this.#port = port
    this.#caFile = caFile
  }

  /** One with nothing in it, below `folder`. */
  static async create(
    program: string,
    { certFile, keyFile }: Certificate,
    { storage, folder, caFile }: { storage: BaoStorage; folder: string; caFile: string },
  ): Promise<OpenBao> {
    const [port, cluster] = [await freePort(), await freePort()]
    const data = mkdtempSync(join(folder, 'bao-'))
    const config = join(data, 'bao.hcl')
    writeFileSync(
      config,
      `log_level = "error"
api_addr = "https://127.0.0.1:${port}"
cluster_addr = "https://127.0.0.1:${cluster}"
${storageOf(storage, data)}
listener "tcp" {
  address = "127.0.0.1:${port}"
  cluster_address = "127.0.0.1:${cluster}"
  tls_cert_file = "${certFile}"
  tls_key_file = "${keyFile}"
}
`,
    )
    return new OpenBao(program, config, port, caFile)
  }

  /** Starts it, unseals it, and waits until it answers. Its output ends with its root token. */
  async start(everyCore = false): Promise<Program> {
    const command = [this.#program, 'server', `-config=${this.#config}`]
    const server = await start(command, /server started!/, { everyCore })
    if (this.#unsealKey === '') this.#initialize()
    this.#ask('operator', 'unseal', this.#unsealKey)
    for (let tries = 0; !this.#answers(); tries++)
      if (tries > 100) throw new Error('OpenBao does not become active')
    const output = `${server.output}\nRoot Token: ${this.#rootToken}\n`
    return { ...server, port: this.#port, output }
  }

  #initialize(): void {
    const words = ['-key-shares=1', '-key-threshold=1', '-format=json']
    const told = JSON.parse(this.#ask('operator', 'init', ...words))
    this.#unsealKey = told.unseal_keys_b64[0]
    this.#rootToken = told.root_token
  }

  /** Whether it can be asked for something that is in its store. */
  #answers(): boolean {
    try {
      this.#ask('token', 'lookup')
      return true
    } catch {
      return false
    }
  }

  #ask(...words: readonly string[]): string {
    return execFileSync(this.#program, words, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        HOME: '/nonexistent',
        BAO_ADDR: `https://127.0.0.1:${this.#port}`,
        BAO_CACERT: this.#caFile,
        BAO_TOKEN: this.#rootToken,
      },
    })
  }
}

/** The tables in a database are made by itself. */
function storageOf(storage: BaoStorage, folder: string): string {
  if (typeof storage === 'object')
    return `storage "postgresql" {
  connection_url = "${storage.database}?sslmode=disable"
  ha_enabled = "true"
}`
  return `storage "${storage}" {
  path = "${folder}"
  ${storage === 'raft' ? 'node_id = "bench"' : ''}
}`
}
