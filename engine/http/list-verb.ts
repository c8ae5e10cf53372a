import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Makes a server accept the verb LIST, which Node's parser does not know.
 *
 * Replaces LIST by LINK in the received bytes before they are parsed, a verb of the same length that the parser knows, and sets the
 * method of the parsed request to LIST again. No bytes are added, moved or removed, and only the parser decides where a message
 * ends. So an error here can cause a refusal, but no request smuggling. A LINK from a client stays LINK.
 *
 * Limitation: a LIST in the same packet as the end of a chunked body is refused, because only the parser knows where that body
 * ends. No known client sends that.
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
const END_OF_HEAD_BYTES = Buffer.from(END_OF_HEAD)
const [CR, LF] = [13, 10]
const NOTHING: Buffer = Buffer.alloc(0)

/** Tracks the requests of one connection along with the parser, to find the bytes that begin one. */
class Follower {
  /** What the next byte belongs to; `unsure` until the parser has reached the end of a body of unknown length. */
  #place: 'start' | 'head' | 'body' | 'unsure' = 'start'
  /** At the start: bytes of the verb received so far. */
  #matched = 0
  #renamed = false
  /** In a head: the current chunk, the offset of the head in it, and the last bytes of the head before this chunk. */
  #chunk = NOTHING
  #from = 0
  #seam = ''
  /** In a body: bytes not received yet. */
  #left = 0
  /** While unsure: the last request that arrived. */
  #request: IncomingMessage | undefined

  /** Takes bytes before the parser gets them. */
  receive(chunk: Buffer): void {
    if (this.#place === 'head') this.#seam = lastBytes(3, this.#seam, this.#chunk, this.#from)
    if (this.#place === 'unsure') {
      // complete, and nothing after it: the next byte begins a request
      if (this.#request?.complete && this.#seam === END_OF_HEAD) this.#begin()
      else this.#seam = lastBytes(4, this.#seam, chunk, 0)
    }
    this.#follow(chunk, 0)
  }

  /** Takes a request whose head the parser has completed in the last chunk. */
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
    // an idle connection must not keep its last packet in memory
    this.#chunk = this.#place === 'head' ? chunk : NOTHING
    this.#from = at
  }

  #begin(): void {
    this.#place = 'start'
    this.#matched = 0
    this.#seam = ''
  }

  /** Replaces the verb as far as it is in this chunk. Returns the offset of the rest of the chunk. */
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
    if (this.#seam !== '') {
      const seam = (this.#seam + this.#chunk.toString('latin1', 0, 3)).indexOf(END_OF_HEAD)
      if (seam >= 0) return seam + END_OF_HEAD.length - this.#seam.length
    }
    const end = this.#chunk.indexOf(END_OF_HEAD_BYTES, this.#from)
    return end < 0 ? undefined : end + END_OF_HEAD.length
  }
}

/** The last `count` bytes of `before` and of `chunk` from an offset on. */
function lastBytes(count: number, before: string, chunk: Buffer, from: number): string {
  return (before + chunk.toString('latin1', Math.max(from, chunk.length - count))).slice(-count)
}
