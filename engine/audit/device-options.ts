import { boolean, duration, type Fields, oneOf, string } from '../../shared/field.ts'
import { Invalid } from '../../shared/invalid.ts'
import { readFields } from '../../shared/read-fields.ts'
import { filePath, parseMode } from './file-path.ts'
import type { FileOptions } from './file-sink.ts'
import type { RawOptions } from './raw-options.ts'
import type { SocketOptions } from './socket-sink.ts'

/** Where lines are written. */
export type Target =
  | ({ readonly type: 'file' } & FileOptions)
  | { readonly type: 'stdout'; readonly timeout: number }
  | { readonly type: 'discard' }
  | ({ readonly type: 'socket' } & SocketOptions)

export interface DeviceOptions {
  readonly target: Target
  readonly raw: boolean
  readonly accessors: boolean
  readonly elideLists: boolean
}

const COMMON = {
  log_raw: boolean({
    default: false,
    description: 'Do not hash values: the log then contains secrets in plain text.',
  }),
  hmac_accessor: boolean({ default: true, description: 'Also hash accessors.' }),
  elide_list_responses: boolean({ default: false, description: 'Log only the length of lists.' }),
  format: string({ default: 'json', description: 'Only "json".' }),
  prefix: string({ default: '', description: 'Not supported.' }),
}

const FILE = {
  ...COMMON,
  file_path: string({
    description: 'Path of the file; "stdout" for standard output, "discard" to write nothing.',
  }),
  path: string({ description: 'Alias of file_path.' }),
  mode: string({
    default: '0600',
    description: 'Permissions of the file; "0000" does not change them.',
  }),
  sync: boolean({
    default: false,
    description: 'Wait until each line is on the disk (fdatasync).',
  }),
  write_timeout: duration({ default: 5, description: 'Timeout for writing a line.' }),
}

const SOCKET = {
  ...COMMON,
  address: string({ description: 'Host and port, or the path of a Unix socket.' }),
  socket_type: oneOf('tcp', 'udp', 'unix')({ default: 'tcp', description: 'Socket type.' }),
  write_timeout: duration({ default: 2, description: 'Timeout for writing a line.' }),
}

const SYSLOG = {
  ...SOCKET,
  address: string({ default: '127.0.0.1:514', description: SOCKET.address.description }),
  facility: string({ default: 'AUTH', description: 'Syslog facility.' }),
  tag: string({ default: 'postern', description: 'Program name in syslog messages.' }),
}

const KINDS = { file: fileTarget, socket: socketTarget, syslog: syslogTarget } as const

/** Reads the options of a device. @throws {Invalid} with a sentence for the operator */
export function deviceOptions(type: string, raw: RawOptions): DeviceOptions {
  if (!isKind(type)) throw new Invalid(`unknown backend type: ${JSON.stringify(type)}`)
  const { log_raw, hmac_accessor, elide_list_responses, format, prefix } = readCommon(raw)
  if (format !== 'json')
    throw new Invalid(`unsupported "format": ${JSON.stringify(format)}: only "json" is`)
  if (prefix !== '') throw new Invalid('"prefix" is not supported: every line is JSON')
  return {
    target: KINDS[type](raw),
    raw: log_raw,
    accessors: hmac_accessor,
    elideLists: elide_list_responses,
  }
}

const isKind = (type: string): type is keyof typeof KINDS => Object.hasOwn(KINDS, type)

function fileTarget(raw: RawOptions): Target {
  const { file_path, path, mode, sync, write_timeout } = read(FILE, raw)
  const where = file_path ?? path ?? ''
  const timeout = milliseconds(write_timeout)
  if (where === '') throw new Invalid('file_path is required')
  if (where === 'discard') return { type: 'discard' }
  if (where === 'stdout') return { type: 'stdout', timeout }
  return { type: 'file', path: filePath(where), mode: parseMode(mode), sync, timeout }
}

function socketTarget(raw: RawOptions): Target {
  const { address, socket_type: kind, write_timeout } = read(SOCKET, raw)
  if (!address) throw new Invalid('address is required')
  const timeout = milliseconds(write_timeout)
  return { type: 'socket', ...destination(kind, address), timeout, syslog: undefined }
}

function syslogTarget(raw: RawOptions): Target {
  const { address, socket_type: kind, write_timeout, facility, tag } = read(SYSLOG, raw)
  const number = FACILITIES.indexOf(facility.toLowerCase())
  if (number < 0)
    throw new Invalid(
      `unknown syslog facility ${JSON.stringify(facility)}, known are ${FACILITIES.join(', ')}`,
    )
  if (!/^[\x21-\x7e]{1,48}$/.test(tag))
    throw new Invalid('tag must be 1 to 48 printable characters')
  const timeout = milliseconds(write_timeout)
  return {
    type: 'socket',
    ...destination(kind, address),
    timeout,
    syslog: { facility: number, tag },
  }
}

function destination(kind: SocketOptions['kind'], address: string) {
  if (kind === 'unix') {
    if (!address.startsWith('/')) throw new Invalid('address must be the path of a Unix socket')
    return { kind, host: '', port: 0, path: address }
  }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port < 1 || port > 65_535)
    throw new Invalid(`address must be host:port, not ${JSON.stringify(address)}`)
  return { kind, host, port, path: '' }
}

/** By number. RFC 5424 §6.2.1. */
const FACILITIES = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron'],
  ...['authpriv', 'ftp', 'ntp', 'audit', 'alert', 'clock'],
  ...Array.from({ length: 8 }, (_, number) => `local${number}`),
]

const readCommon = (raw: RawOptions) => readFields(COMMON, raw, named).values

function read<F extends Fields>(fields: F, raw: RawOptions) {
  const { values, unknown } = readFields(fields, raw, named)
  if (unknown[0] !== undefined)
    throw new Invalid(
      `unknown option ${JSON.stringify(unknown[0])}, known are ${Object.keys({ ...COMMON, ...fields }).join(', ')}`,
    )
  return values
}

const named = (name: string, { message }: Invalid) => new Invalid(`option "${name}": ${message}`)

function milliseconds(seconds: number): number {
  if (seconds < 1 || seconds > 60) throw new Invalid('write_timeout must be 1s to 60s')
  return seconds * 1000
}
