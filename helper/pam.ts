import { type IpAddress, parseAddress, withoutZone } from '../shared/address.ts'
import {
  ECHO_REQUEST,
  ECHO_RESPONSE,
  type OtpFormat,
  type ReadOtp,
  readOtp,
} from '../shared/otp.ts'
import { Secret } from '../shared/secret.ts'
import type { Environment } from './environment.ts'
import { Refusal } from './refusal.ts'

/** Who logs in, from PAM and sshd. */
export interface Login {
  readonly user: string
  /** The address of this host that the client dialled; undefined if the caller is not sshd. */
  readonly host: IpAddress | undefined
}

/** The log fields about who logs in, also where the values are not valid. */
export function factsOf({ PAM_USER: user, PAM_RHOST, SSH_CONNECTION: connection }: Environment) {
  const [from, , host] = connection?.split(' ') ?? []
  return { user, from: from || PAM_RHOST, host: (host && addressOf(host)) ?? host }
}

/** Bytes: the limit of Linux. */
const LONGEST_NAME = 256

/**
 * Reads the variables that pam_exec and sshd set.
 * @throws {Refusal}
 */
export function loginOf(environment: Environment): Login {
  const { PAM_TYPE: type, PAM_USER: user, SSH_CONNECTION: connection } = environment
  if (type !== 'auth')
    throw new Refusal(
      'usage',
      type === undefined
        ? 'PAM did not run this: it does so for each login, and -help tells what else there is'
        : `PAM called for ${type}: the helper is for auth lines only`,
    )
  if (user === undefined || user === '') throw new Refusal('usage', 'PAM names no user')
  // Node decodes all bytes that are not UTF-8 to this character, so different names would be equal
  if (user.includes('\ufffd')) throw new Refusal('denied', 'the name of the user is not UTF-8')
  if (Buffer.byteLength(user) > LONGEST_NAME)
    throw new Refusal('denied', `the name of the user is longer than ${LONGEST_NAME} bytes`)
  return { user, host: hostOf(connection) }
}

/** The service by which "postern-helper setup" tries a login. No stack of sshd has its name, and it takes no password of a login. */
export const TRIAL_SERVICE = 'postern-trial'

export const isTrial = ({ PAM_SERVICE: service }: Environment): boolean => service === TRIAL_SERVICE

/**
 * Lets only PAM services that the configuration lists ask for one-time passwords.
 * @param file the configuration, for the message
 * @throws {Refusal} that names the line to add
 */
export function requireService(
  { PAM_SERVICE: service = '' }: Environment,
  services: readonly string[],
  file: string,
): void {
  if (services.includes(service) || service === TRIAL_SERVICE) return
  const line = `services = [${[...services, service].map(name => JSON.stringify(name)).join(', ')}]`
  throw new Refusal(
    'settings',
    `the PAM service ${JSON.stringify(service)} may not take one-time passwords; to allow it, add to ${file}: ${line}`,
  )
}

/** `<client address> <port> <address of this host> <port>`; sshd writes UNKNOWN if the connection is not over IP. */
function hostOf(connection: string | undefined): IpAddress | undefined {
  if (connection === undefined || /^UNKNOWN \d+ UNKNOWN \d+$/.test(connection)) return undefined
  const [, , text = '', ...rest] = connection.split(' ')
  const host = addressOf(text)
  if (host === undefined || rest.length !== 1)
    throw new Refusal('input', 'SSH_CONNECTION does not name the address of this host')
  return host
}

/** sshd writes link-local addresses with a zone, which passwords do not have. */
const addressOf = (text: string) => parseAddress(withoutZone(text))

/**
 * The one-time password in the bytes that pam_exec wrote, in the form in which it was issued: without the NUL that old versions add, and
 * without blanks and a newline around it, which pasting adds.
 * @param formats those of the passwords that may be sent
 * @throws {Refusal} for anything else, which must not leave this host
 */
export function otpOf(typed: Buffer, formats: readonly OtpFormat[]): Secret {
  const text = typed.toString('latin1').replace(/\0$/, '').replace(/\n$/, '')
  const read = readOtp(text.replace(/^[ \t]+|[ \t]+$/g, ''))
  if (read?.canonical === undefined || !formats.includes(read.format))
    throw new Refusal('input', why(text, formats, read))
  return new Secret(read.canonical)
}

/** What sshd passes instead of the password if the user may not log in, cut to the same length. */
const FILLER = '\b\n\r\x7fINCORRECT'

function why(text: string, formats: readonly OtpFormat[], read: ReadOtp | undefined): string {
  if (text === '') return 'nothing was typed'
  if (isFiller(text))
    return 'sshd does not let this user log in: unknown, root, or excluded in sshd_config'
  if (text === ECHO_REQUEST || text === ECHO_RESPONSE)
    return 'a word of the health check was typed as a password'
  if (read?.canonical !== undefined)
    return `otp_formats does not have the format of what was typed, ${read.format}; it was not sent`
  if (read && formats.includes(read.format))
    return 'what was typed is a one-time password with a typing error, and was not sent'
  return 'what was typed is not shaped like a one-time password, and was not sent'
}

const isFiller = (text: string): boolean =>
  FILLER.repeat(Math.ceil(text.length / FILLER.length)).slice(0, text.length) === text
