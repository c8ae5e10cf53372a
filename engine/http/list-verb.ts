import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Lets a server take the verb LIST, which Node's parser does not know.
 *
 * In the received bytes, before the parser sees them, LIST becomes LINK, a verb that the parser knows and that is as long; the
 * request that then arrives is named LIST again. No byte is added, moved or taken away, and the parser alone decides where a
 * message ends: a mistake made here can get a request refused, but cannot smuggle one. A client's own LINK stays LINK.
 *
 * One limit: a LIST that comes in one packet with the end of a chunked body is refused, because only the parser knows where that
 * body ends. No client is known to send that.
 */
export function acceptList(server: Server, connection: 'connection' | 'secureConnection'): void {
  const followers = new WeakMap<Socket, Follower>()
  server.on(connection, (socket: Socket) => {
    const follower = new Follower()
    followers.set(socket, follower)
    socket.prependListener('data', chunk => follower.receive(chunk))
  })
  server.prependListener('request', request => followers.get(request.socket)?.arrive(request))
}

const VERB = Buffer.from('LIST ')
const STAND_IN = Buffer.from('LINK ')
const END_OF_HEAD = '\r\n\r\n'
const [CR, LF] = [13, 10]
const NOTHING: Buffer = Buffer.alloc(0)

/** Follows the requests of one connection in step with the parser, to know which bytes begin one. */
class Follower {
  /** What the next byte belongs to; `unsure` until the parser has come to the end of a body of unknown length. */
  #place: 'start' | 'head' | 'body' | 'unsure' = 'start'
  /** At the start: bytes of the verb seen so far. It may come in pieces. */
  #matched = 0
  #renamed = false
  /** In a head: the chunk it goes on in, from where, and its last bytes in the chunks before. */
  #chunk = NOTHING
  #from = 0
  #seam = ''
  /** In a body: bytes still to come. */
  #left = 0
  /** While unsure: the last request that arrived. */
  #request: IncomingMessage | undefined

  /** Takes bytes that the parser is given next. */
  receive(chunk: Buffer): void {
    if (this.#place === 'head') this.#seam = lastBytes(3, this.#seam, this.#chunk, this.#from)
    if (this.#place === 'unsure') {
      // complete and with nothing behind: what comes now is the start of a request, not the rest of one
      if (this.#request?.complete && this.#seam === END_OF_HEAD) this.#begin()
      else this.#seam = lastBytes(4, this.#seam, chunk, 0)
    }
    this.#follow(chunk, 0)
  }

  /** Takes a request whose head the parser has just come to the end of, in the chunk received last. */
  arrive(request: IncomingMessage): void {
    if (this.#renamed && request.method === 'LINK') request.method = 'LIST'
    this.#renamed = false
    const end = this.#place === 'head' ? this.#endOfHead() : undefined
    const { 'transfer-encoding': encoding, 'content-length': length } = request.headers
    if (end === undefined || encoding !== undefined) this.#lose(request)
    else {
      this.#place = 'body'
      this.#left = Number(length ?? 0)
      this.#follow(this.#chunk, end)
    }
  }

  #lose(request: IncomingMessage): void {
    if (this.#place === 'head') this.#seam = lastBytes(4, this.#seam, this.#chunk, this.#from)
    this.#place = 'unsure'
    this.#request = request
    this.#chunk = NOTHING
  }

  #follow(chunk: Buffer, from: number): void {
    let at = from
    if (this.#place === 'body') {
      const taken = Math.min(this.#left, chunk.length - at)
      at += taken
      this.#left -= taken
      if (this.#left === 0) this.#begin()
    }
    if (this.#place === 'start') at = this.#rename(chunk, at)
    // an idle connection must not hold on to its last packet
    this.#chunk = this.#place === 'head' ? chunk : NOTHING
    this.#from = at
  }

  #begin(): void {
    this.#place = 'start'
    this.#matched = 0
    this.#seam = ''
  }

  /** Renames the verb as far as this chunk has it. Gives back where the rest of the chunk begins. */
  #rename(chunk: Buffer, from: number): number {
    let at = from
    // empty lines before a request are allowed
    while (this.#matched === 0 && (chunk[at] === CR || chunk[at] === LF)) at++
    for (; at < chunk.length; at++) {
      const matches = chunk[at] === VERB[this.#matched]
      if (matches) chunk[at] = STAND_IN[this.#matched++] as number
      this.#renamed = matches && this.#matched === VERB.length
      if (!matches || this.#renamed) {
        this.#place = 'head'
        return at
      }
    }
    return at
  }

  #endOfHead(): number | undefined {
    const seam = (this.#seam + this.#chunk.toString('latin1', 0, 3)).indexOf(END_OF_HEAD)
    if (this.#seam !== '' && seam >= 0) return seam + END_OF_HEAD.length - this.#seam.length
    const end = this.#chunk.indexOf(END_OF_HEAD, this.#from, 'latin1')
    return end < 0 ? undefined : end + END_OF_HEAD.length
  }
}

/** The last `count` bytes of `before` and of `chunk` from an offset on. */
function lastBytes(count: number, before: string, chunk: Buffer, from: number): string {
  return (before + chunk.toString('latin1', Math.max(from, chunk.length - count))).slice(-count)
}
