import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createSecure, type TlsOptions } from 'node:tls'
import { sinceStart } from '../../../helper/clock.ts'
import { type Config, readConfig } from '../../../helper/config.ts'
import { type Environment, requireSafe } from '../../../helper/environment.ts'
import type { Log } from '../../../helper/log.ts'
import { decideLogin } from '../../../helper/login.ts'
import { Refusal } from '../../../helper/refusal.ts'
import { publicKeyIn, signText } from '../../../shared/ed25519.ts'
import { readOtp } from '../../../shared/otp.ts'
import { Secret } from '../../../shared/secret.ts'
import { replyText, type SignedReply } from '../../../shared/verify-signature.ts'
import type { Certificate } from '../certificates.ts'
import { reply } from '../hostile.ts'

/** One login: what PAM, the administrator, the user, the network and the engine contribute to it. */
export interface Cell {
  readonly environment: Environment
  /** Of helper.toml. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly typed: Buffer
  /** What the answer says, under its names in `data`. */
  readonly said: Readonly<Record<string, unknown>>
  /** What is signed in place of what is said and asked. */
  readonly signed: Partial<SignedReply>
  readonly by: KeyObject
  /** What is put over what came of signing. */
  readonly signature: Readonly<Record<string, unknown>>
  /** The bytes of the reply with this body, as Latin-1. */
  readonly framed: (body: string) => string
}

/** What an engine was asked. */
interface Asked {
  readonly otp: string
  readonly nonce: string
}

export const newKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey

/** The engines of all logins of a test, in this process. */
export class LoginCells {
  readonly folder = mkdtempSync(join(tmpdir(), 'postern-cells-'))
  /** The bodies of all requests. */
  readonly requests: Readonly<Record<string, unknown>>[] = []
  readonly #cells = new Map<string, Cell>()
  readonly #configs = new Map<string, Config>()
  readonly #close: (() => void)[] = []

  /** Starts an engine, and gives its address. */
  async listen(certificate?: Certificate, options: TlsOptions = {}): Promise<string> {
    const serve = (socket: Socket) => this.#serve(socket)
    const server = certificate
      ? createSecure({ ...filesOf(certificate), ...options }, serve).on('tlsClientError', () => {})
      : createServer(serve)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    this.#close.push(() => server.close())
    return `${certificate ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** How the login ends: `allowed`, or the exit reason and the words of the refusal. */
  async run(cell: Cell, { note, hide }: Noting = QUIET): Promise<string> {
    const correlation = randomBytes(8).toString('hex')
    this.#cells.set(correlation, cell)
    const log = { correlation, note, hide }
    try {
      requireSafe(cell.environment)
      const config = { ...this.configOf(cell), deadline: sinceStart() + PATIENCE }
      const { environment, typed } = cell
      await decideLogin(config, { environment, log, file: 'helper.toml', read: async () => typed })
      return 'allowed'
    } catch (error) {
      if (error instanceof Refusal) return `${error.exit}: ${error.message}`
      throw error
    } finally {
      this.#cells.delete(correlation)
    }
  }

  /** What helper.toml says. */
  configOf({ settings }: Cell): Config {
    const text = Object.entries(settings)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
      .join('')
    const known = this.#configs.get(text)
    if (known) return known
    const file = join(this.folder, `${this.#configs.size}.toml`)
    writeFileSync(file, text, { mode: 0o600 })
    const config = readConfig(file, { dev: true })
    this.#configs.set(text, config)
    return config
  }

  #serve(socket: Socket): void {
    let text = ''
    socket.on('error', () => {})
    socket.on('data', bytes => {
      text += bytes.toString('latin1')
      // TLS, where none is spoken
      if (!text.startsWith('P')) socket.destroy()
      const [, length] = /^content-length: (\d+)\r$/im.exec(text) ?? []
      const start = text.indexOf('\r\n\r\n') + 4
      if (start < 4 || text.length < start + Number(length)) return
      const [, correlation = ''] = /^x-correlation-id: (\w+)\r$/im.exec(text) ?? []
      const cell = this.#cells.get(correlation)
      if (!cell) return
      const asked = JSON.parse(text.slice(start))
      this.requests.push(asked)
      socket.end(Buffer.from(answerOf(cell, asked), 'latin1'))
    })
  }

  [Symbol.dispose](): void {
    for (const close of this.#close) close()
    rmSync(this.folder, { recursive: true })
  }
}

type Noting = Pick<Log, 'note' | 'hide'>

const QUIET: Noting = { note() {}, hide() {} }

/** Milliseconds that a login may take on a busy machine. */
const PATIENCE = 8_000

const filesOf = ({ keyFile, certFile }: Certificate) => ({
  key: readFileSync(keyFile),
  cert: readFileSync(certFile),
})

/** What an engine that knows the password answers. @returns Latin-1 */
function answerOf(cell: Cell, { otp: sent, nonce }: Asked): string {
  const { typed, said, signed, by, signature, framed } = cell
  const otp = readOtp(typed.toString('latin1').trim().replace('\0', ''))?.canonical ?? sent
  const textIn = (name: string) => (typeof said[name] === 'string' ? said[name] : '')
  const what = { username: textIn('username'), ip: textIn('ip'), role: textIn('role_name') }
  const text: SignedReply = {
    ...{ mount: 'ssh', nonce, otp: new Secret(otp), decision: 'allowed', reason: '' },
    ...what,
    host: typeof said.host === 'string' ? said.host : undefined,
    ...{ time: TIME, requestId: REQUEST, ...signed },
  }
  const parts = {
    key_id: publicKeyIn(by).id,
    time: text.time,
    signature: signText(by, replyText(text)),
    ...signature,
  }
  return framed(JSON.stringify({ request_id: REQUEST, data: { nonce, ...said, ...parts } }))
}

const TIME = '2026-01-01T00:00:00.000Z'
const REQUEST = '0b9b1a3e-0d35-4b7b-8a3c-27d5e5203a5c'

/** A reply of HTTP with this status, and no other surprise. */
export const answered =
  (status: number, headers: Readonly<Record<string, string>> = {}) =>
  (body: string): string =>
    reply(status, body, headers)
