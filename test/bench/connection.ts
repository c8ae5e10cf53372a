import { once } from 'node:events'
import { connect, type SecureContext, type TLSSocket } from 'node:tls'

/** A connection on which one request is sent after the other. Requests and responses are raw text, which costs the load generator little. */
export interface Connection extends Disposable {
  /** @throws {Error} if the connection ends first */
  ask(request: string): Promise<string>
}

/** Connects to a server of this machine. */
export async function openConnection(
  port: number,
  secureContext: SecureContext,
): Promise<Connection> {
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', secureContext })
  socket.setNoDelay().setEncoding('latin1')
  await once(socket, 'secureConnect')
  let received = ''
  let done = (_: string) => {}
  let failed = (_: Error) => {}
  socket.on('data', (part: string) => {
    received += part
    if (!isWhole(received)) return
    const answer = received
    received = ''
    done(answer)
  })
  socket.on('error', error => failed(error))
  socket.on('close', () => failed(new Error('the server closed the connection')))
  return {
    ask: request =>
      new Promise<string>((resolve, reject) => {
        done = resolve
        failed = reject
        socket.write(request)
      }),
    [Symbol.dispose]: () => socket.destroy(),
  }
}

function isWhole(answer: string): boolean {
  const head = answer.indexOf('\r\n\r\n')
  if (head < 0) return false
  // OpenBao sends what is long in chunks
  if (/\r\ntransfer-encoding: chunked\r\n/i.test(answer)) return answer.endsWith('\r\n0\r\n\r\n')
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(answer)?.[1] ?? 0)
  return answer.length >= head + 4 + length
}
