import { type IpAddress, parseAddress } from './address.ts'
import { Invalid } from './invalid.ts'
import { requireUniqueKeys } from './json-keys.ts'
import { ECHO_RESPONSE } from './otp.ts'
import type { Secret } from './secret.ts'

/** The request of `verify`. Vault knows only `otp`, and ignores the rest. Contract §2.6. */
export interface VerifyRequest {
  readonly otp: Secret
  /** The user who logs in. */
  readonly username?: string
  /** Addresses of this host: the password must have been issued for one of them. */
  readonly ip?: readonly string[]
  /** The roles that this host allows: the password must be of one of them. */
  readonly roles?: readonly string[]
  /** Returned in the reply. */
  readonly nonce?: string
  /** The password, encrypted for each of these keys, by their ids; `otp` then says nothing. */
  readonly sealed?: Readonly<Record<string, string>>
  /** The host tries its own login: only a password that was issued for that is redeemed. */
  readonly self_test?: true
}

/** The login that a password was issued for, or the echo of a health check. */
export type VerifyReply = VerifiedLogin | Echo

export interface VerifiedLogin {
  readonly kind: 'login'
  readonly username: string
  /** The address that it was issued for; undefined if it was issued for a host. */
  readonly ip: IpAddress | undefined
  /** The host that it was issued for; undefined if it was issued for an address. */
  readonly host: string | undefined
  readonly role: string
  readonly nonce: string | undefined
  readonly signature: ReplySignature | undefined
}

export interface Echo {
  readonly kind: 'echo'
  readonly nonce: string | undefined
  readonly signature: ReplySignature | undefined
}

/** A reply with another status than 200. */
export interface VerifyRefusal {
  /** What stands in `errors`; empty if it is no reply of this API. */
  readonly errors: readonly string[]
  readonly signature: ReplySignature | undefined
}

/** By what a signed reply is known. Other servers than ours have none. */
export interface ReplySignature {
  readonly keyId: string
  readonly time: string
  readonly requestId: string
  /** Base64. */
  readonly signature: string
}

/** The body of the request. It contains the password in clear, unless that is sealed. */
export const writeVerifyRequest = ({ otp, ...rest }: VerifyRequest): string =>
  JSON.stringify({ otp: otp.reveal(), ...rest })

/**
 * Parses the body of a reply with status 200. Every member must exist once, and be valid.
 * @throws {Invalid}
 */
export function readVerifyReply(body: string): VerifyReply {
  const json = parse(body)
  const data = objectIn(json, 'data')
  const nonce = Object.hasOwn(data, 'nonce') ? textIn(data, 'nonce') : undefined
  const signature = signatureIn(data, json)
  if (Object.hasOwn(data, 'message')) {
    if (textIn(data, 'message') !== ECHO_RESPONSE) throw new Invalid('the message is not the echo')
    return { kind: 'echo', nonce, signature }
  }
  const host = Object.hasOwn(data, 'host') ? textIn(data, 'host') : undefined
  const ip = host === undefined ? parseAddress(textIn(data, 'ip')) : undefined
  if (host === undefined && ip === undefined) throw new Invalid('ip is not an address')
  if (host !== undefined && data.ip !== '')
    throw new Invalid('the reply is for an address and for a host')
  const [username, role] = [textIn(data, 'username'), textIn(data, 'role_name')]
  return { kind: 'login', username, ip, host, role, nonce, signature }
}

/** Reads the body of a reply with another status. What is not one of this API has no errors and no signature. */
export function readRefusal(body: string): VerifyRefusal {
  try {
    const json = parse(body)
    const errors = Array.isArray(json.errors) ? json.errors : []
    return {
      errors: errors.filter(each => typeof each === 'string'),
      signature: signatureIn(json, json),
    }
  } catch (error) {
    if (error instanceof Invalid) return { errors: [], signature: undefined }
    throw error
  }
}

function signatureIn(json: Json, envelope: Json): ReplySignature | undefined {
  if (!Object.hasOwn(json, 'signature')) return undefined
  return {
    keyId: textIn(json, 'key_id'),
    time: textIn(json, 'time'),
    requestId: textIn(envelope, 'request_id'),
    signature: textIn(json, 'signature'),
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
