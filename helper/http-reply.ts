import { Invalid } from '../shared/invalid.ts'

export interface HttpReply {
  readonly status: number
  /** In lower case, without parameters; empty if the reply has none. */
  readonly contentType: string
  readonly body: string
}

/** Bytes of a reply at the most, head and body. Real ones have 400. */
const LARGEST_REPLY = 64 * 1024

const HEAD_END = Buffer.from('\r\n\r\n')
const STATUS = /^HTTP\/1\.[01] (\d{3})(?: [\t\x20-\x7e\x80-\xff]*)?$/
// without Latin-1's non-breaking space, which trim() would remove
const HEADER = /^([!#$%&'*+.^_`|~\w-]+):([\t\x20-\x7e\x80-\x9f\xa1-\xff]*)$/

/** Headers that decide how the body is parsed. Parsers differ on two of one name. */
const SINGLE = ['content-length', 'transfer-encoding', 'content-type', 'content-encoding']

/**
 * Parses an HTTP/1.1 reply from all the bytes received so far. Accepts only the forms that engines send.
 * @returns undefined while the reply is incomplete
 * @throws {Invalid} as soon as it cannot become a valid reply
 */
export function readReply(bytes: Buffer): HttpReply | undefined {
  if (bytes.length > LARGEST_REPLY) throw new Invalid('the reply is larger than 64 KiB')
  const end = bytes.indexOf(HEAD_END)
  if (end < 0) return undefined
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const [, digits] = STATUS.exec(first) ?? []
  if (digits === undefined) throw new Invalid('the reply is not HTTP/1.1')
  const status = Number(digits)
  if (status < 200) throw new Invalid(`unexpected status ${status}`)
  const headers = headersOf(lines)
  const contentType = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const encoding = headers.get('content-encoding') ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') throw new Invalid('the reply is compressed')
  const body = bodyOf(bytes.subarray(end + HEAD_END.length), status, headers)
  return body && { status, contentType, body: body.toString() }
}

type Headers = ReadonlyMap<string, string>

function headersOf(lines: readonly string[]): Headers {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name, value] = HEADER.exec(line) ?? []
    if (name === undefined || value === undefined)
      throw new Invalid('the reply has a broken header')
    const key = name.toLowerCase()
    if (SINGLE.includes(key) && headers.has(key)) throw new Invalid(`the reply has two of ${key}`)
    headers.set(key, value.trim())
  }
  return headers
}

/** The body, which must have the stated length. Without one, a truncated body would go unnoticed. */
function bodyOf(rest: Buffer, status: number, headers: Headers): Buffer | undefined {
  const length = headers.get('content-length')
  const coding = headers.get('transfer-encoding')
  if (status === 204 || status === 304) return Buffer.alloc(0)
  if (length !== undefined && coding !== undefined) throw new Invalid('the reply has two lengths')
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') throw new Invalid('the reply has an unknown coding')
    return dechunked(rest)
  }
  if (length === undefined || !/^\d{1,9}$/.test(length))
    throw new Invalid('the reply does not say how long it is')
  const size = Number(length)
  if (size > LARGEST_REPLY) throw new Invalid('the reply is larger than 64 KiB')
  if (rest.length > size) throw new Invalid('the reply is longer than it says')
  return rest.length === size ? rest : undefined
}

/** RFC 9112 §7.1, without extensions and trailers, which no engine sends. */
function dechunked(rest: Buffer): Buffer | undefined {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const line = rest.indexOf('\r\n', at)
    if (line < 0) return undefined
    const digits = rest.toString('latin1', at, line)
    if (!/^[0-9a-f]{1,5}$/i.test(digits)) throw new Invalid('the reply has a broken chunk')
    const size = Number.parseInt(digits, 16)
    const [start, end] = [line + 2, line + 2 + size]
    if (rest.length < end + 2) return undefined
    if (rest.toString('latin1', end, end + 2) !== '\r\n')
      throw new Invalid('the reply has a broken chunk')
    if (size === 0) {
      if (rest.length > end + 2) throw new Invalid('the reply is longer than it says')
      return Buffer.concat(chunks)
    }
    chunks.push(rest.subarray(start, end))
    at = end + 2
  }
}
