import { Invalid } from '../../shared/invalid.ts'

/** A block of PEM. RFC 7468, and for the headers RFC 1421. */
export interface Pem {
  /** The text after BEGIN. */
  readonly label: string
  /** `Name: value`, unchanged. */
  readonly headers: readonly string[]
  readonly bytes: Buffer
}

/** The error for a text about which nothing more is known, or may be revealed. */
export const NO_KEY = 'it is not a private key in PEM'

/**
 * Parses the first private key of a text, which may have other blocks before it. The result must be encoded again for the next reader, so that
 * both read the same key.
 * @throws {Invalid}
 */
export function readPem(text: string): Pem {
  const lines = text.split('\n').map(line => line.trim())
  const first = lines.findIndex(line => BEGIN.test(line))
  const label = BEGIN.exec(lines[first] ?? '')?.[1]
  const last = lines.indexOf(`-----END ${label}-----`, first)
  if (label === undefined || last < 0) throw new Invalid(NO_KEY)
  const body = lines.slice(first + 1, last)
  const headers = body.filter(line => line.includes(':'))
  if (!headers.every(line => HEADER.test(line)))
    throw new Invalid('it has headers that are not known')
  const base64 = body.filter(line => !line.includes(':')).join('')
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length === 0 || bytes.toString('base64') !== base64)
    throw new Invalid('it is not base64')
  return { label, headers, bytes }
}

const BEGIN = /^-----BEGIN ((?:[A-Z0-9]{1,20} )?PRIVATE KEY)-----$/

/** The headers of a key that OpenSSL has encrypted. */
const HEADER = /^(?:Proc-Type: 4,ENCRYPTED|DEK-Info: [A-Z0-9-]{1,32},[0-9A-Fa-f]{1,64})$/

export function writePem({ label, headers, bytes }: Pem): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  const head = headers.length > 0 ? [...headers, ''] : []
  return [`-----BEGIN ${label}-----`, ...head, ...lines, `-----END ${label}-----`, ''].join('\n')
}
