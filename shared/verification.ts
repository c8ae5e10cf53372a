import { type IpAddress, parseAddress } from './address.ts'
import { Invalid } from './invalid.ts'
import { requireUniqueKeys } from './json-keys.ts'
import { ECHO_RESPONSE } from './otp.ts'
import type { Secret } from './secret.ts'

/** What is asked of `verify`. Vault knows `otp` alone, and ignores the rest. Contract §2.6. */
export interface VerifyRequest {
  readonly otp: Secret
  /** Who is logging in. */
  readonly username?: string
  /** Addresses of this host, one of which the password must have been made for. */
  readonly ip?: readonly string[]
  /** The roles that may log in on this host, one of which the password must be of. */
  readonly roles?: readonly string[]
  /** Given back in the answer. */
  readonly nonce?: string
}

/** The login that a password was made for, or the echo of a health check. */
export type VerifyReply = VerifiedLogin | Echo

export interface VerifiedLogin {
  readonly kind: 'login'
  readonly username: string
  readonly ip: IpAddress
  readonly role: string
  readonly nonce: string | undefined
}

export interface Echo {
  readonly kind: 'echo'
  readonly nonce: string | undefined
}

/** The body of the request. It holds the password in clear. */
export const writeVerifyRequest = ({ otp, ...rest }: VerifyRequest): string =>
  JSON.stringify({ otp: otp.reveal(), ...rest })

/**
 * Reads the body of a reply with status 200. Nothing is taken for granted: every part must be there, once, and be what it should.
 * @throws {Invalid}
 */
export function readVerifyReply(body: string): VerifyReply {
  const data = objectIn(parse(body), 'data')
  const nonce = 'nonce' in data ? textIn(data, 'nonce') : undefined
  if ('message' in data) {
    if (textIn(data, 'message') !== ECHO_RESPONSE) throw new Invalid('the message is not the echo')
    return { kind: 'echo', nonce }
  }
  const ip = parseAddress(textIn(data, 'ip'))
  if (ip === undefined) throw new Invalid('ip is not an address')
  const [username, role] = [textIn(data, 'username'), textIn(data, 'role_name')]
  return { kind: 'login', username, ip, role, nonce }
}

/** The texts of an error reply; none if it is not one. */
export function readErrors(body: string): readonly string[] {
  try {
    const { errors } = parse(body)
    return Array.isArray(errors) ? errors.filter(each => typeof each === 'string') : []
  } catch (error) {
    if (error instanceof Invalid) return []
    throw error
  }
}

type Json = Readonly<Record<string, unknown>>

function parse(body: string): Json {
  const value = parseJson(body)
  if (!isObject(value)) throw new Invalid('the reply is not a JSON object')
  requireUniqueKeys(body)
  return value
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    // the parser's message quotes the body
    throw new Invalid('the reply is not JSON')
  }
}

function objectIn(json: Json, key: string): Json {
  const value = Object.hasOwn(json, key) ? json[key] : undefined
  if (!isObject(value)) throw new Invalid(`${key} is not an object`)
  return value
}

function textIn(json: Json, key: string): string {
  const value = Object.hasOwn(json, key) ? json[key] : undefined
  if (typeof value !== 'string' || value === '') throw new Invalid(`${key} is not a text`)
  return value
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
