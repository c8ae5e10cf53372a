import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface Where {
  readonly port: number
  /** PEM of the authority to trust; plain TCP without one. */
  readonly ca?: string | undefined
}

interface Expected {
  /** How many answers to wait for; fewer come back if the server closes the connection before. */
  readonly answers?: number
  /** The answers are to HEAD: their length is that of a body which does not come. */
  readonly bodiless?: boolean
  /** Milliseconds between two pieces, to have them in packets of their own. */
  readonly pause?: number
}

/** Sends bytes as they are, one piece after the other, on one connection, and gives back what the server answers. */
export async function wire(
  where: Where,
  pieces: readonly (string | Buffer)[],
  { answers = 1, pause: between = 0, bodiless = false }: Expected = {},
): Promise<readonly WireAnswer[]> {
  const socket = await open(where)
  let received = ''
  const enough = Promise.withResolvers<void>()
  socket.on('data', (text: string) => {
    received += text
    if (parse(received, bodiless).length >= answers) enough.resolve()
  })
  socket.on('error', () => {})
  socket.on('close', () => enough.resolve())
  for (const piece of pieces) {
    socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
    if (between > 0) await pause(between)
  }
  await Promise.race([enough.promise, pause(5000, undefined, { ref: false })])
  // an answer too many would come now
  await pause(2)
  socket.destroy()
  return parse(received, bodiless)
}

async function open({ port, ca }: Where): Promise<Socket> {
  const host = '127.0.0.1'
  const socket = ca === undefined ? connect({ port, host }) : connectTls({ port, host, ca })
  socket.setNoDelay().setEncoding('latin1')
  await once(socket, ca === undefined ? 'connect' : 'secureConnect')
  return socket
}

/** The answers that are there to their end. */
function parse(text: string, bodiless: boolean): readonly WireAnswer[] {
  const found: WireAnswer[] = []
  for (let rest = text; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) break
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n')
    const headers = Object.fromEntries(
      lines.map(line => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    )
    const length = bodiless ? 0 : Number(headers['content-length'] ?? 0)
    const body = rest.slice(end + 4, end + 4 + length)
    if (body.length < length) break
    found.push({ status: Number(first.split(' ')[1]), headers, body })
    rest = rest.slice(end + 4 + length)
  }
  return found
}
