import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface BreakingOff extends AsyncDisposable {
  readonly address: string
}

/** A way to a server that breaks off at a write after so many others, once the server has performed it. */
export async function breakingOff(target: string, after: number): Promise<BreakingOff> {
  let writes = 0
  const server = createServer(async (incoming, response) => {
    const bytes = await buffer(incoming)
    const { method = '', url = '', headers } = incoming
    const breaks = method !== 'GET' && ++writes > after
    const outgoing = request(new URL(url, target), { method, headers }, async answer => {
      const body = await buffer(answer)
      if (breaks) response.destroy()
      else response.writeHead(answer.statusCode ?? 502, answer.headers).end(body)
    })
    outgoing.end(bytes)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
