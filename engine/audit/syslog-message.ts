import { hostname } from 'node:os'

export interface SyslogOptions {
  /** By number. RFC 5424 §6.2.1. */
  readonly facility: number
  /** Name of the program: at most 48 printable characters. */
  readonly tag: string
}

const INFORMATIONAL = 6

/**
 * A line as a syslog message of RFC 5424, for a datagram (RFC 5426) or with its length in front (octet counting, RFC 6587 §3.4.1).
 * @param line with its line end, which is not sent
 */
export function syslogMessage(
  line: Buffer,
  { facility, tag }: SyslogOptions,
  framing: 'datagram' | 'counted',
): Buffer {
  const head = `<${facility * 8 + INFORMATIONAL}>1 ${new Date().toISOString()} ${hostname().slice(0, 255) || '-'} ${tag} ${process.pid} audit - `
  const message = Buffer.concat([Buffer.from(head), line.subarray(0, -1)])
  return framing === 'datagram'
    ? message
    : Buffer.concat([Buffer.from(`${message.length} `), message])
}
