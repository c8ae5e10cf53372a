import { type Cidr, parseCidr } from '../shared/address.ts'
import { type PublicKey, parsePublicKey } from '../shared/ed25519.ts'
import { boolean, duration, list, string } from '../shared/field.ts'
import { HOST_NAME } from '../shared/host-signature.ts'
import { parseHttpAddress } from '../shared/http-address.ts'
import { Invalid } from '../shared/invalid.ts'
import { OTP_FORMATS, type OtpFormat } from '../shared/otp.ts'
import { readSettings, type Settings } from '../shared/settings.ts'
import { type Pin, parsePin } from '../shared/tls.ts'
import { Refusal } from './refusal.ts'

/** The settings of the helper, ready for use. */
export interface Config {
  /** In the order in which they are tried. */
  readonly engines: readonly Engine[]
  readonly namespace: string | undefined
  readonly caFile: string | undefined
  readonly caPath: string | undefined
  readonly serverName: string | undefined
  /** Accepts any certificate. */
  readonly skipVerify: boolean
  readonly pins: readonly Pin[]
  /** Keys that the answers must be signed with; undefined if they need not be signed. */
  readonly verifyKeys: readonly PublicKey[] | undefined
  /** The name under which this host is enrolled, and the file of its key; undefined if it is not. */
  readonly host: { readonly name: string; readonly keyFile: string } | undefined
  /** Where the helper keeps what it has fetched. */
  readonly stateDirectory: string
  /** Where the SSH engine is mounted, without slashes at the ends. */
  readonly mount: string
  /** `*`, or names of roles; an empty list allows no login. */
  readonly roles: readonly string[]
  readonly cidrs: readonly Cidr[]
  /** All users if undefined. */
  readonly users: readonly string[] | undefined
  /** PAM services that may run the helper, in lower case as libpam names them. */
  readonly services: readonly string[]
  /** Formats of the passwords that are sent to the engine. */
  readonly otpFormats: readonly OtpFormat[]
  /** Milliseconds for the whole run. */
  readonly deadline: number
  readonly logFile: string | undefined
}

/** The address of one engine's `verify`. */
export interface Engine {
  /** For messages. */
  readonly name: string
  readonly secure: boolean
  readonly host: string
  readonly port: number
  readonly path: string
}

/** The keys of the helper's configuration file. */
export const helperFields = {
  vault_addr: list({
    description: 'Address of the engine, or several in the order in which they are tried.',
    default: [],
  }),
  ssh_mount_point: string({ description: 'Where the SSH engine is mounted.', default: 'ssh' }),
  namespace: string({ description: 'Namespace of the mount, in Vault or OpenBao.' }),
  ca_cert: string({
    description:
      'PEM file of the CAs that may have issued the certificate of the engine, or of that certificate itself.',
  }),
  ca_path: string({ description: 'Directory of such files, searched recursively.' }),
  tls_server_name: string({
    description: 'Name in the certificate, if it is not the one in vault_addr.',
  }),
  tls_skip_verify: boolean({
    description: 'Accepts any certificate; only with -dev.',
    default: false,
  }),
  pin_sha256: list({ description: 'SHA-256 of the public keys that the engine may have.' }),
  verify_keys: list({
    description:
      'Public keys of the SSH mount, one of which must have signed an answer of the engine; "postern read ssh/verify/keys" shows them.',
  }),
  host_name: string({
    description:
      'Name under which this host is enrolled; "postern-helper enroll" writes it, host_key and verify_keys.',
  }),
  host_key: string({
    description: 'File of the private key that signs the requests of this host.',
  }),
  state_directory: string({
    description: 'Directory of what the helper has fetched: the newest keys of verify_keys.',
    default: '/var/lib/postern-helper',
  }),
  allowed_roles: list({ description: 'Roles whose passwords are accepted, or *.', default: [] }),
  allowed_cidr_list: list({
    description:
      'Blocks of addresses that stand for this host besides its own, behind NAT for example.',
    default: [],
  }),
  allowed_users: list({ description: 'Users that may log in with a one-time password, or *.' }),
  services: list({
    description:
      'PAM services that may take one-time passwords. Every other one is refused at once, so that a line copied into the stack of su or sudo opens nothing.',
    default: ['sshd', 'postern-sshd'],
  }),
  otp_formats: list({
    description:
      'Formats of the one-time passwords that are sent to the engine: uuid, base32. What was typed in another form never leaves the host.',
    default: ['uuid'],
  }),
  deadline: duration({ description: 'Time limit of a login.', default: 3 }),
  log_file: string({ description: 'Log file, instead of syslog.' }),
}

/** Seconds. packaging/sshd sets LoginGraceTime to 60 seconds, which begin before the password is typed. */
const LONGEST_DEADLINE = 50

/**
 * Reads the configuration.
 * @param dev whether HTTP without TLS and `tls_skip_verify` are allowed
 * @throws {Refusal}
 */
export function readConfig(file: string, { dev }: { readonly dev: boolean }): Config {
  try {
    return configOf(readSettings(file, helperFields), dev)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    const named = error.message.startsWith('/') ? error.message : `${file}: ${error.message}`
    throw new Refusal('settings', named, { cause: error })
  }
}

function configOf(raw: Settings<typeof helperFields>, dev: boolean): Config {
  if (raw.vault_addr.length === 0) throw new Invalid('vault_addr is missing')
  if (raw.tls_skip_verify && !dev)
    throw new Invalid(
      'tls_skip_verify = true would accept any server: set ca_cert to the CA of the engine, or pin_sha256 to its key',
    )
  if (raw.deadline < 1 || raw.deadline > LONGEST_DEADLINE)
    throw new Invalid(
      `deadline must be from 1s to ${LONGEST_DEADLINE}s, below the LoginGraceTime of sshd`,
    )
  if (raw.log_file !== undefined && !raw.log_file.startsWith('/'))
    throw new Invalid('log_file must be an absolute path')
  requireNotEmpty(raw)
  if (!raw.state_directory.startsWith('/'))
    throw new Invalid('state_directory must be an absolute path')
  const mount = mountPath(raw.ssh_mount_point)
  const path = `/v1/${mount}/verify`
  return {
    engines: raw.vault_addr.map(address => each('vault_addr', () => engineOf(address, path, dev))),
    namespace: namespaceOf(raw.namespace),
    caFile: raw.ca_cert || undefined,
    caPath: raw.ca_path || undefined,
    serverName: raw.tls_server_name || undefined,
    skipVerify: raw.tls_skip_verify,
    pins: (raw.pin_sha256 ?? []).map(pin => each('pin_sha256', () => parsePin(pin))),
    verifyKeys: raw.verify_keys?.map(key => each('verify_keys', () => parsePublicKey(key))),
    host: hostOf(raw),
    stateDirectory: raw.state_directory,
    mount,
    roles: raw.allowed_roles,
    cidrs: raw.allowed_cidr_list.map(cidr => each('allowed_cidr_list', () => parseCidr(cidr))),
    users: raw.allowed_users?.includes('*') ? undefined : raw.allowed_users,
    services: raw.services.map(service => service.toLowerCase()),
    otpFormats: raw.otp_formats.map(format => each('otp_formats', () => formatOf(format))),
    deadline: raw.deadline * 1000,
    logFile: raw.log_file,
  }
}

function hostOf({
  host_name: name,
  host_key: keyFile,
}: Settings<typeof helperFields>): Config['host'] {
  if (name === undefined && keyFile === undefined) return undefined
  if (name === undefined || keyFile === undefined)
    throw new Invalid('host_name and host_key are set together, or neither')
  if (!HOST_NAME.test(name))
    throw new Invalid(
      'host_name must be in lower case, with letters, digits, "_", and "." or "-" inside',
    )
  if (!keyFile.startsWith('/')) throw new Invalid('host_key must be an absolute path')
  return { name, keyFile }
}

/** A setting that a template has left empty must not widen what is trusted. */
function requireNotEmpty({
  ca_cert,
  ca_path,
  pin_sha256,
  verify_keys,
  otp_formats,
}: Settings<typeof helperFields>): void {
  for (const [key, names] of Object.entries({ pin_sha256, verify_keys }))
    if (names?.length === 0) throw new Invalid(`${key} is empty: name a key, or take the line out`)
  if (otp_formats.length === 0)
    throw new Invalid('otp_formats is empty: name a format, or take the line out')
  for (const [key, value] of Object.entries({ ca_cert, ca_path }))
    if (value === '' && !ca_cert && !ca_path)
      throw new Invalid(`${key} is empty: take the line out to trust what this machine trusts`)
}

/** Reads one item of the setting `key`, and adds its name to errors. */
function each<T>(key: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof Invalid ? new Invalid(`"${key}": ${error.message}`) : error
  }
}

function engineOf(address: string, path: string, dev: boolean): Engine {
  const url = parseHttpAddress(address)
  if (url.search !== '' || url.hash !== '') throw new Invalid('an address has no query or fragment')
  const secure = url.protocol === 'https:'
  if (!secure && !dev)
    throw new Invalid(
      `${url.origin} would send passwords in clear: use https, or -dev to try it out`,
    )
  return {
    name: url.origin,
    secure,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || (secure ? 443 : 80)),
    path: url.pathname.replace(/\/+$/, '') + path,
  }
}

function formatOf(text: string): OtpFormat {
  const format = OTP_FORMATS.find(name => name === text)
  if (format) return format
  throw new Invalid(`"${text}" is not one of ${OTP_FORMATS.join(', ')}`)
}

function mountPath(text: string): string {
  const parts = text.split('/').filter(Boolean)
  if (parts.length === 0 || parts.some(part => !/^[\w.~-]+$/.test(part) || /^\.+$/.test(part)))
    throw new Invalid(`ssh_mount_point: "${text}" is not the path of a mount`)
  return parts.join('/')
}

function namespaceOf(text: string | undefined): string | undefined {
  if (text !== undefined && !/^[\x21-\x7e]*$/.test(text))
    throw new Invalid('namespace: only printable characters without blanks')
  return text || undefined
}
