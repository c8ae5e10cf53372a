import { withoutByteOrderMark } from '../../../shared/byte-order-mark.ts'
import { parseToml } from '../../../shared/settings.ts'

/** Keys whose texts are no secrets. Of all others, only numbers and booleans are shown: a new setting may be a secret. */
const SHOWN: ReadonlySet<string> = new Set([
  'address',
  'api_addr',
  'cluster_addr',
  'cluster_id',
  'default_lease_ttl',
  'file_path',
  'log_format',
  'log_level',
  'max_lease_ttl',
  'path',
  'proxy_protocol_authorized_addrs',
  'proxy_protocol_behavior',
  'schema',
  'tls_ca_file',
  'tls_cert_file',
  'tls_key_file',
  'tls_min_version',
  'type',
  'x_forwarded_for_authorized_addrs',
])

// without "@", no user name and password are in it
const PLAIN = /^[\w.:/[\]-]*$/

/**
 * The settings of a configuration file, with secrets left out: values stay only where they can be no secret, comments never.
 * @throws {Invalid} if it is not TOML
 */
export const redactedConfig = (toml: string): unknown =>
  redacted('', parseToml(withoutByteOrderMark(toml)))

function redacted(key: string, value: unknown): unknown {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return SECRET.test(key) ? LEFT_OUT : value
  if (Array.isArray(value)) return value.map(each => redacted(key, each))
  if (isTable(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, redacted(name, each)]),
    )
  return typeof value === 'string' && SHOWN.has(key) && PLAIN.test(value) ? value : LEFT_OUT
}

/** Keys whose numbers may be secrets, too. */
const SECRET = /pass|pin$|secret|token|key/i

const LEFT_OUT = '(left out)'

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !(value instanceof Date)
