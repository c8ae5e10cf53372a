import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EngineLog } from '../../engine/log.ts'
import type { ServerSettings } from '../../engine/server.ts'
import { quickServer } from './quick-server.ts'

/** An answer as tests look at it. */
export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests read replies of every shape
  readonly body: any
}

interface Options {
  /** Keep the data in this folder, which is not made and not removed. */
  readonly folder?: string
  readonly sealKeys?: readonly Buffer[]
  /** Those of a seal that is disabled. */
  readonly disabledSealKeys?: readonly Buffer[]
  readonly audit?: ServerSettings['audit']
  /** What it logs at some levels; the rest goes nowhere. */
  readonly log?: Partial<EngineLog>
}

/** A server over HTTP on a new SQLite store, which is not initialized, and can be started again. */
export async function sealable(options: Options = {}) {
  const { folder: given, sealKeys, disabledSealKeys, audit, log } = options
  const folder = given ?? mkdtempSync(join(tmpdir(), 'postern-seal-'))
  const start = (keys = sealKeys, disabled = disabledSealKeys) =>
    quickServer(
      {
        storage: { type: 'sqlite', path: folder },
        sealKeys: keys,
        disabledSealKeys: disabled,
        rootToken: undefined,
        ...(audit && { audit }),
      },
      log,
    )
  let server = await start()
  let token = ''

  async function ask(method: string, path: string, data?: object): Promise<Answer> {
    const reply = await fetch(`${server.listener.url}/v1/${path}`, {
      method,
      headers: { 'X-Vault-Token': token },
      ...(data && { body: JSON.stringify(data) }),
    })
    const text = await reply.text()
    return { status: reply.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  const put = (path: string, data: object = {}) => ask('PUT', path, data)

  return {
    folder,
    get address() {
      return server.listener.url
    },
    ask,
    put,
    get: (path: string) => ask('GET', path),
    /** Initializes, and remembers the root token. */
    async init(data: object = { secret_shares: 5, secret_threshold: 3 }): Promise<Answer> {
      const answer = await put('sys/init', data)
      token = answer.body.root_token ?? token
      return answer
    },
    /** Brings shares one after another; gives the last answer. */
    async unseal(...shares: readonly string[]): Promise<Answer> {
      let answer: Answer = { status: 0, body: undefined }
      for (const key of shares) answer = await put('sys/unseal', { key })
      return answer
    },
    use(another: string) {
      token = another
    },
    get token() {
      return token
    },
    async restart(keys = sealKeys, disabled = disabledSealKeys) {
      await server[Symbol.asyncDispose]()
      server = await start(keys, disabled)
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      if (!given) rmSync(folder, { recursive: true })
    },
  }
}

/** What a sealed server answers. */
export const SEALED: Answer = { status: 503, body: { errors: ['Vault is sealed'] } }

/** The role that {@link issuing} makes. */
export const ROLE = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }

/** Mounts `ssh/` with a role, and gives what issues a password. */
export async function issuing(server: Awaited<ReturnType<typeof sealable>>) {
  await server.put('sys/mounts/ssh', { type: 'ssh' })
  await server.put('ssh/roles/web', ROLE)
  return () => server.put('ssh/creds/web', { ip: '10.0.0.1' })
}
