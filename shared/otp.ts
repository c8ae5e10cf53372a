import { randomBytes } from 'node:crypto'
import { Secret } from './secret.ts'

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** What the helper's health check sends instead of a one-time password, and the expected reply. Contract §2.6. */
export const ECHO_REQUEST = 'verify-echo-request'
export const ECHO_RESPONSE = 'verify-echo-response'

/** Whether `text` has the form of a one-time password, a UUID. Anything else must never leave a host: it may be a Unix password. */
export const isOtpShaped = (text: string): boolean => SHAPE.test(text)

/** A new one-time password: 128 random bits in the form of a UUID, the only form that vault-ssh-helper accepts. */
export function newOtp(): Secret {
  const hex = randomBytes(16).toString('hex')
  return new Secret(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
}
