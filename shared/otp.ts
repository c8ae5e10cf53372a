import { randomBytes } from 'node:crypto'
import { Secret } from './secret.ts'

/** What the helper's health check sends instead of a one-time password, and the expected reply. Contract §2.6. */
export const ECHO_REQUEST = 'verify-echo-request'
export const ECHO_RESPONSE = 'verify-echo-response'

/**
 * The formats of one-time passwords: a UUID, the only one that vault-ssh-helper accepts, and one that people can type.
 * docs/decisions/0034-typed-passwords.md
 */
export const OTP_FORMATS = ['uuid', 'base32'] as const
export type OtpFormat = (typeof OTP_FORMATS)[number]

/** Characters of the longest format. */
export const LONGEST_OTP = 36

/** Text that has the shape of a one-time password. */
export interface ReadOtp {
  readonly format: OtpFormat
  /** The only text that the engine accepts for it: as it is issued, hashed and signed. Undefined if the check character is wrong. */
  readonly canonical: string | undefined
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * Reads what was typed, however its letters, blanks and hyphens were typed. Undefined if it has no shape of a one-time password: then it
 * must never leave a host, since it may be a Unix password.
 */
export function readOtp(typed: string): ReadOtp | undefined {
  if (UUID.test(typed)) return { format: 'uuid', canonical: typed.toLowerCase() }
  const symbols = symbolsOf(typed)
  if (symbols === undefined) return undefined
  return { format: 'base32', canonical: checksum(symbols) === 0 ? grouped(symbols) : undefined }
}

/** Whether `text` may be a one-time password. */
export const isOtpShaped = (text: string): boolean => readOtp(text)?.canonical !== undefined

/** A new one-time password: a UUID of 128 random bits, or 85 random bits in base32 with a check character. */
export function newOtp(format: OtpFormat = 'uuid'): Secret {
  if (format === 'base32') {
    const random = [...randomBytes(SYMBOLS - 1)].map(byte => byte & 31)
    return new Secret(grouped([...random, checksum([...random, 0])]))
  }
  const hex = randomBytes(16).toString('hex')
  return new Secret(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
}

/** Crockford's alphabet, without i, l, o and u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** Symbols of a base32 password, the check character included, in groups of six. */
const SYMBOLS = 18

/** Crockford's rules: case does not matter, i and l are 1, o is 0, and blanks and hyphens are left out. */
function symbolsOf(typed: string): number[] | undefined {
  const text = typed
    .replace(/[ \t-]/g, '')
    .replace(/[A-Z]/g, letter => letter.toLowerCase())
    .replace(/[il]/g, '1')
    .replace(/o/g, '0')
  const symbols = [...text].map(symbol => ALPHABET.indexOf(symbol))
  return symbols.length === SYMBOLS && !symbols.includes(-1) ? symbols : undefined
}

const grouped = (symbols: readonly number[]): string =>
  symbols
    .map(symbol => ALPHABET.charAt(symbol))
    .join('')
    .replace(/(.{6})(?=.)/g, '$1-')

/**
 * The weighted sum of the symbols in the field of 32 elements, 0 for a password without errors. The last symbol, the check character,
 * weighs 1, and each one before it a further power of a generator. The weights are 18 of its 31 powers, so no two are equal: one wrong
 * symbol always changes the sum, and so do two different symbols in each other's place.
 */
const checksum = (symbols: readonly number[]): number =>
  symbols.reduce((sum, symbol) => timesGenerator(sum) ^ symbol, 0)

/** x · value, modulo x⁵ + x² + 1. */
const timesGenerator = (value: number): number =>
  value < 16 ? value << 1 : (value << 1) ^ 0b100101
