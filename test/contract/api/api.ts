import { randomBytes } from 'node:crypto'
import { request as send } from 'node:http'
import { quickServer } from '../../support/quick-server.ts'

/** Whether the server under test is Postern, and not the one that BAO_ADDR names. */
export const POSTERN = process.env.BAO_ADDR === undefined

/** A test of something that Postern means to do otherwise than OpenBao, or besides. Is not there for another server. */
export const ours: (title: string, test: () => Promise<unknown>) => void = POSTERN ? it : () => {}

/** What Postern has, where another server rightly has something else. */
export const differs = <Ours, Theirs>(mine: Ours, theirs: Theirs): Ours | Theirs =>
  POSTERN ? mine : theirs

/** An answer as it came. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
  /** The text as JSON; undefined when there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read replies of every shape
  readonly body: any
}

interface Sent {
  /** An object is sent as JSON, a text as it is. Neither is given a Content-Type. */
  readonly body?: object | string
  readonly headers?: Readonly<Record<string, string | string[]>>
  /** The root token when left out; '' sends none. */
  readonly token?: string
}

/** The server under test, with an SSH mount that nobody else uses. */
export interface Api {
  readonly port: number
  /** Without a slash. */
  readonly mount: string
  readonly root: string
  /** @param path below `/v1/`, with the query; or a whole one, with `/` in front */
  ask(verb: string, path: string, sent?: Sent): Promise<Answer>
  get(path: string, token?: string): Promise<Answer>
  list(path: string): Promise<Answer>
  put(path: string, body?: object, token?: string): Promise<Answer>
  delete(path: string): Promise<Answer>
  /** As `put`, below the mount. */
  ssh(path: string, body?: object, token?: string): Promise<Answer>
}

/** Has a server, and a new SSH mount on it, for all tests of the suite that calls this. */
export function api(): Api {
  const place = { port: 0, token: process.env.BAO_TOKEN ?? 'root' }
  const mount = `ssh-${randomBytes(5).toString('hex')}`
  const ask: Api['ask'] = (verb, path, sent) => exchange(place, { verb, path, ...sent })
  const put: Api['put'] = (path, body, token) =>
    ask('PUT', path, { ...(body && { body }), ...(token !== undefined && { token }) })
  const stack = new AsyncDisposableStack()

  before(async () => {
    const url = process.env.BAO_ADDR ?? (await start(stack))
    place.port = Number(new URL(url).port)
    const { status, text } = await put(`sys/mounts/${mount}`, { type: 'ssh' })
    if (status !== 204) throw new Error(`mounting was answered with ${status}: ${text}`)
  })
  after(async () => {
    await ask('DELETE', `sys/mounts/${mount}`)
    await stack.disposeAsync()
  })

  return {
    get port() {
      return place.port
    },
    mount,
    root: place.token,
    ask,
    put,
    get: (path, token) => ask('GET', path, token === undefined ? {} : { token }),
    list: path => ask('LIST', path),
    delete: path => ask('DELETE', path),
    ssh: (path, body, token) => put(`${mount}/${path}`, body, token),
  }
}

async function start(stack: AsyncDisposableStack): Promise<string> {
  const server = await quickServer()
  stack.use(server)
  return server.listener.url
}

interface Exchange extends Sent {
  readonly verb: string
  readonly path: string
}

function exchange(
  place: { readonly port: number; readonly token: string },
  { verb, path, body, headers, token = place.token }: Exchange,
): Promise<Answer> {
  const content = typeof body === 'object' ? JSON.stringify(body) : body
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const outgoing = send(
    {
      host: '127.0.0.1',
      port: place.port,
      method: verb,
      path: path.startsWith('/') ? path : `/v1/${path}`,
      headers: {
        ...(token !== '' && { 'x-vault-token': token }),
        ...(content !== undefined && { 'content-length': Buffer.byteLength(content) }),
        ...headers,
      },
    },
    async incoming => {
      const pieces: Buffer[] = []
      for await (const piece of incoming) pieces.push(piece)
      const text = Buffer.concat(pieces).toString()
      const isJson = /^\s*\{/.test(text)
      resolve({
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        text,
        body: isJson ? JSON.parse(text) : undefined,
      })
    },
  )
  outgoing.on('error', reject)
  outgoing.end(content)
  return promise
}
