import { createPublicKey, type KeyObject } from 'node:crypto'
import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet, type JWK } from 'jose'
import { Invalid } from '../../../shared/invalid.ts'

/** Signatures that can be told from a public key. Neither `none` nor those with a secret that both sides know. */
export const ALGORITHMS: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'],
  ...['PS256', 'PS384', 'PS512', 'EdDSA'],
]

export type Claims = Readonly<Record<string, unknown>>

/** Keys of somebody who signs tokens. */
export type Keys = KeyObject | { readonly keys: readonly unknown[] }

/** None of the keys is the one that has signed. */
export class UnknownKey extends Invalid {}

/** A public key, or that of a certificate, in PEM. @throws {Error} */
export const publicKey = (pem: string): KeyObject => createPublicKey(pem)

/**
 * The claims of a token that one of the keys has signed. Nothing else is known of them: not for whom, nor until when.
 * @throws {UnknownKey} if it was none of them
 * @throws {Invalid} if it is no token, or one with a signature of another kind
 */
export async function signedClaims(
  token: string,
  { keys, algorithms }: { readonly keys: readonly Keys[]; readonly algorithms: readonly string[] },
): Promise<Claims> {
  for (const key of keys) {
    const payload = await payloadOf(token, key, algorithms)
    if (payload) return claimsIn(payload)
  }
  throw new UnknownKey('no known key has signed the token')
}

/** What stands in the token, if this key has signed it. */
async function payloadOf(token: string, key: Keys, algorithms: readonly string[]) {
  const options = { algorithms: [...algorithms] }
  try {
    const { payload } =
      'keys' in key
        ? await compactVerify(token, createLocalJWKSet(publicOnly(key)), options)
        : await compactVerify(token, key, options)
    return payload
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return payloadOfAny(token, error, options)
    // a key of another kind than the signature is a TypeError, or one of the web's errors
    if (UNKNOWN.some(kind => error instanceof kind)) return undefined
    throw error instanceof errors.JOSEError ? new Invalid(error.message, { cause: error }) : error
  }
}

/** Keys of a set that are tried for one token which does not name its own. */
const TRIED = 16

/** What stands in a token that fits several keys, if one of the first {@link TRIED} has signed it. */
async function payloadOfAny(
  token: string,
  matching: errors.JWKSMultipleMatchingKeys,
  options: { readonly algorithms: string[] },
) {
  let tried = 0
  for await (const key of matching) {
    if (tried++ === TRIED) return undefined
    try {
      return (await compactVerify(token, key, options)).payload
    } catch (error) {
      if (!UNKNOWN.some(kind => error instanceof kind)) throw error
    }
  }
  return undefined
}

const UNKNOWN = [
  errors.JWSSignatureVerificationFailed,
  errors.JWKSNoMatchingKey,
  TypeError,
  DOMException,
]

/** The keys that can be used: one that is none, or is of a kind that is not known yet, must not take the others with it. */
const publicOnly = ({ keys }: { readonly keys: readonly unknown[] }): JSONWebKeySet => ({
  keys: keys.filter(isPublic),
})

const isPublic = (key: unknown): key is JWK =>
  typeof key === 'object' && key !== null && 'kty' in key && key.kty !== 'oct'

function claimsIn(payload: Uint8Array): Claims {
  const claims = parsed(Buffer.from(payload).toString())
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw new Invalid('the claims are no JSON object')
  return claims as Claims
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // not JSON is not an object either
    return undefined
  }
}
