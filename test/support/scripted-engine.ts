import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

type Reply = { readonly data?: unknown; readonly [member: string]: unknown } | string

/** What a path is answered with: JSON, or text; nothing is a 404. */
export type Script = (path: string) => Reply | undefined | Promise<Reply | undefined>

/** An engine without TLS that says what a test wants it to say. */
export interface ScriptedEngine extends AsyncDisposable {
  readonly address: string
  /** The requests that have come, as `PUT ssh/creds/web`. */
  readonly requests: readonly string[]
}

export async function scriptedEngine(script: Script): Promise<ScriptedEngine> {
  const requests: string[] = []
  async function answer(request: IncomingMessage) {
    const path = (request.url ?? '').replace('/v1/', '')
    await text(request)
    requests.push(`${request.method} ${path}`)
    return script(path)
  }
  const server = createServer(async (request, response) => {
    const reply = await answer(request)
    const body = typeof reply === 'string' ? reply : JSON.stringify(reply ?? { errors: [] })
    response.writeHead(reply === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
