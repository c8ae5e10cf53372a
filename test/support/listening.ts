import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import type { Request, Response } from '../../engine/api/request.ts'
import { type Listener, type ListenOptions, listen } from '../../engine/http/listen.ts'
import { certificateAuthority } from './certificates.ts'
import { type WireAnswer, wire } from './wire.ts'

/** A listener for a test, with the lines it logged and the requests it understood. */
export interface Listening extends AsyncDisposable {
  readonly listener: Listener
  readonly port: number
  readonly ca: string | undefined
  readonly logged: (readonly [level: string, facts: object, message: string])[]
  readonly seen: Request[]
  /** Sends one piece and gives back the one answer. */
  ask(piece: string | Buffer): Promise<WireAnswer | undefined>
}

const EMPTY: Response = { status: 204, body: undefined }

/** Listens on a free port, on TLS if `secure`, and answers 204 unless told otherwise. */
export async function listening({
  handle = async () => EMPTY,
  isKnown = true,
  secure = false,
  limits = {},
  forwarded,
  proxy,
  pages,
}: Partial<Pick<ListenOptions, 'limits' | 'forwarded' | 'proxy' | 'pages'>> & {
  readonly handle?: (request: Request) => Promise<Response>
  /** Whether every request is taken for one with a good token. */
  readonly isKnown?: boolean
  readonly secure?: boolean
} = {}): Promise<Listening> {
  const logged: Listening['logged'] = []
  const seen: Request[] = []
  const line = (level: string) => (facts: object, message: string) =>
    void logged.push([level, facts, message])
  const identity = secure ? newIdentity() : undefined
  const listener = await listen({
    address: '127.0.0.1:0',
    tls: identity && { ...identity, minVersion: 'tls12' },
    log: { debug: line('debug'), warn: line('warn'), error: line('error') },
    limits,
    forwarded,
    proxy,
    pages,
    async handle(incoming) {
      const request = await incoming.read(async () => isKnown)
      seen.push(request)
      return handle(request)
    },
  })
  const port = Number(new URL(listener.url).port)
  return {
    listener,
    port,
    ca: identity?.ca,
    logged,
    seen,
    ask: async piece => (await wire({ port, ca: identity?.ca }, [piece]))[0],
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  }
}

/** A certificate for 127.0.0.1 from an authority of its own, as PEM. */
export function newIdentity() {
  const dir = mkdtempSync(join(tmpdir(), 'postern-'))
  try {
    const { caFile, issue } = certificateAuthority(dir)
    const { certFile, keyFile } = issue({ addresses: ['127.0.0.1'], names: ['localhost'] })
    const [ca, certificate, key] = [caFile, certFile, keyFile].map(file =>
      readFileSync(file, 'utf8'),
    ) as [string, string, string]
    return { ca, certificate, key }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** A handler that answers when it is told to. */
export function gate() {
  const entered = Promise.withResolvers<void>()
  const open = Promise.withResolvers<void>()
  return {
    entered: entered.promise,
    open: open.resolve,
    handle: async () => {
      entered.resolve()
      await open.promise
      return { status: 200, body: 'done' }
    },
  }
}

/** Resolves when a TLS connection has been made. */
export async function handshake(port: number, options: object = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', ...options })
  await once(socket, 'secureConnect')
  return socket
}
