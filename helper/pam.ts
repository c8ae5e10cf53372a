import { type IpAddress, parseAddress, withoutZone } from '../shared/address.ts'
import { ECHO_REQUEST, ECHO_RESPONSE, isOtpShaped } from '../shared/otp.ts'
import { Secret } from '../shared/secret.ts'
import type { Environment } from './environment.ts'
import { Refusal } from './refusal.ts'

/** Who is logging in, as PAM and sshd say. */
export interface Login {
  readonly user: string
  /** The address of this host that the client dialled; undefined if it was not sshd that called. */
  readonly host: IpAddress | undefined
}

/** What the log says of who is logging in, also where that makes no sense. */
export function factsOf({ PAM_USER: user, PAM_RHOST, SSH_CONNECTION: connection }: Environment) {
  const [from, , host] = connection?.split(' ') ?? []
  return { user, from: from || PAM_RHOST, host: (host && addressOf(host)) ?? host }
}

/** Linux has no longer names. */
const LONGEST_NAME = 256

/**
 * Reads what pam_exec and sshd put into the environment.
 * @throws {Refusal}
 */
export function loginOf(environment: Environment): Login {
  const { PAM_TYPE: type, PAM_USER: user, SSH_CONNECTION: connection } = environment
  if (type !== 'auth')
    throw new Refusal(
      'usage',
      `PAM called for ${type ?? 'nothing'}: the helper is for auth lines only`,
    )
  if (user === undefined || user === '') throw new Refusal('usage', 'PAM names no user')
  // Node reads bytes that are not UTF-8 as this character, so that different names would look alike
  if (user.includes('\ufffd')) throw new Refusal('denied', 'the name of the user is not UTF-8')
  if (Buffer.byteLength(user) > LONGEST_NAME)
    throw new Refusal('denied', `the name of the user is longer than ${LONGEST_NAME} bytes`)
  return { user, host: hostOf(connection) }
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

/** sshd writes link-local addresses with their interface, which is nothing that a password could be for. */
const addressOf = (text: string) => parseAddress(withoutZone(text))

/**
 * The one-time password among the bytes that pam_exec wrote: without the NUL that old versions end it with, and without the blanks and
 * the end of line around it that come along when it is pasted.
 * @throws {Refusal} for everything that must not leave this host
 */
export function otpOf(typed: Buffer): Secret {
  const text = typed.toString('latin1').replace(/\0$/, '').replace(/\n$/, '')
  const pasted = text.replace(/^[ \t]+|[ \t]+$/g, '')
  if (isOtpShaped(pasted)) return new Secret(pasted)
  throw new Refusal('input', why(text))
}

/** What sshd hands over in place of what was typed if the user may not log in at all, cut to the same length. */
const FILLER = '\b\n\r\x7fINCORRECT'

function why(text: string): string {
  if (text === '') return 'nothing was typed'
  if (isFiller(text))
    return 'sshd does not let this user log in: unknown, root, or excluded in sshd_config'
  if (text === ECHO_REQUEST || text === ECHO_RESPONSE)
    return 'a word of the health check was typed as a password'
  return 'what was typed is not shaped like a one-time password, and was not sent'
}

const isFiller = (text: string): boolean =>
  FILLER.repeat(Math.ceil(text.length / FILLER.length)).slice(0, text.length) === text
