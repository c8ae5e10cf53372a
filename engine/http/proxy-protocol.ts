import type { Socket } from 'node:net'
import { parseAddress } from '../../shared/address.ts'

/** When the PROXY protocol is trusted. As the keys `proxy_protocol_…` of Vault's listener. */
export interface ProxyProtocol {
  /** Whether an address is one of a load balancer. */
  readonly isAuthorized: (address: string) => boolean
  /** Whether to close connections from other addresses; otherwise they are accepted as direct connections. */
  readonly denyUnauthorized: boolean
}

/** Where a connection comes from. */
export interface Peer {
  readonly address: string
  readonly port: number
}

/** A header of the PROXY protocol: its length in bytes, and the client if the header names one. */
interface Header {
  readonly length: number
  readonly peer: Peer | undefined
}

const V1 = Buffer.from('PROXY ')
const V2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
/** Maximum bytes of a header of version 1. */
const V1_LENGTH = 107
/** Maximum bytes of a header of version 2, with extensions. */
const V2_LENGTH = 4096
const V2_FIXED = 16

/**
 * Reads the header of the PROXY protocol, version 1 or 2, from the beginning of a connection, and leaves what follows. Returns the
 * client; undefined if there is no header, or it names none.
 * @throws {Error} if the header is malformed or does not arrive in time
 */
export function readProxyHeader(socket: Socket, milliseconds: number): Promise<Peer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Peer | undefined>()
  let received: Buffer = Buffer.alloc(0)
  const settle = () => {
    clearTimeout(timer)
    socket.off('readable', receive).off('close', fail).off('end', fail)
  }
  const fail = () => {
    settle()
    reject(malformed())
  }
  const receive = () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read())
      received = Buffer.concat([received, chunk])
    const header = headerIn(received)
    if (header === 'malformed') fail()
    else if (header) {
      settle()
      // puts back what follows the header
      if (received.length > header.length) socket.unshift(received.subarray(header.length))
      resolve(header.peer)
    }
  }
  const timer = setTimeout(fail, milliseconds)
  socket.on('readable', receive).once('close', fail).once('end', fail)
  receive()
  return promise
}

/** The header at the beginning of the bytes; of length 0 if there is none, undefined if more bytes are needed. */
function headerIn(bytes: Buffer): Header | 'malformed' | undefined {
  if (beginsLike(bytes, V1)) return bytes.length < V1.length ? undefined : firstVersion(bytes)
  if (beginsLike(bytes, V2)) return bytes.length < V2_FIXED ? undefined : secondVersion(bytes)
  return { length: 0, peer: undefined }
}

function beginsLike(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length)
  return bytes.subarray(0, length).equals(signature.subarray(0, length))
}

function firstVersion(bytes: Buffer): Header | 'malformed' | undefined {
  const end = bytes.subarray(0, V1_LENGTH).indexOf('\r\n')
  if (end < 0) {
    return bytes.length >= V1_LENGTH ? 'malformed' : undefined
  }
  const length = end + 2
  const [, family, source = '', , port] = bytes.toString('latin1', 0, end).split(' ')
  if (family === 'UNKNOWN') return { length, peer: undefined }
  if (family !== 'TCP4' && family !== 'TCP6') return 'malformed'
  return headerWith(length, source, Number(port))
}

function secondVersion(bytes: Buffer): Header | 'malformed' | undefined {
  const [version, family] = [bytes.readUInt8(12), bytes.readUInt8(13)]
  const length = V2_FIXED + bytes.readUInt16BE(14)
  if (version >> 4 !== 2 || length > V2_LENGTH) return 'malformed'
  if (bytes.length < length) return undefined
  // a connection of the balancer itself, for example a health check
  if ((version & 15) === 0) return { length, peer: undefined }
  const rest = bytes.subarray(V2_FIXED, length)
  if (family === 0x11 && rest.length >= 12)
    return headerWith(length, rest.subarray(0, 4).join('.'), rest.readUInt16BE(8))
  if (family === 0x21 && rest.length >= 36) {
    const groups = rest.subarray(0, 16).toString('hex').match(/.{4}/g) ?? []
    return headerWith(length, groups.join(':'), rest.readUInt16BE(32))
  }
  return family === 0 ? { length, peer: undefined } : 'malformed'
}

function headerWith(length: number, text: string, port: number): Header | 'malformed' {
  const address = parseAddress(text)
  if (address === undefined || !Number.isInteger(port)) return 'malformed'
  return { length, peer: { address, port } }
}

const malformed = () => new Error('malformed header of the PROXY protocol')
