import { createPublicKey, type KeyObject } from 'node:crypto'
import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet, type JWK } from 'jose'
import { Invalid } from '../../../shared/invalid.ts'

/** Algorithms that verify with a public key. Neither `none` nor those with a shared secret. */
export const ALGORITHMS: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'],
  ...['PS256', 'PS384', 'PS512', 'EdDSA'],
]

export type Claims = Readonly<Record<string, unknown>>

/** A public key of an issuer, or its key set. */
export type Keys = KeyObject | { readonly keys: readonly unknown[] }

/** No key verifies the signature. */
export class UnknownKey extends Invalid {}

/** Parses a public key or certificate in PEM. @throws {Error} */
export const publicKey = (pem: string): KeyObject => createPublicKey(pem)

/**
 * The claims of a token whose signature one of the keys verifies. Audience and validity are not checked.
 * @throws {UnknownKey} if none of the keys verifies it
 * @throws {Invalid} if it is not a token, or has another signature algorithm
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

/** The payload of the token, if this key verifies it. */
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
    // a key of another type than the signature throws a TypeError or a DOMException
    if (UNKNOWN.some(kind => error instanceof kind)) return undefined
    throw error instanceof errors.JOSEError ? new Invalid(error.message, { cause: error }) : error
  }
}

/** Number of keys of a set that are tried for a token without a key id. */
const TRIED = 16

/** The payload of a token that matches several keys, if one of the first {@link TRIED} verifies it. */
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

/** The usable keys of a set. Invalid keys and unknown key types are skipped, so that the others still work. */
const publicOnly = ({ keys }: { readonly keys: readonly unknown[] }): JSONWebKeySet => ({
  keys: keys.filter(isPublic),
})

const isPublic = (key: unknown): key is JWK =>
  typeof key === 'object' && key !== null && 'kty' in key && key.kty !== 'oct'

function claimsIn(payload: Uint8Array): Claims {
  const claims = parsed(Buffer.from(payload).toString())
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw new Invalid('the claims are not a JSON object')
  return claims as Claims
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // the caller refuses it, since it is not an object
    return undefined
  }
}
