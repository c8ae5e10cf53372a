import { randomBytes } from 'node:crypto'
import { type PublicKey, parsePublicKey } from './ed25519.ts'
import { Invalid } from './invalid.ts'

/** Characters of a token. */
export const ENROLL_TOKEN_LENGTH = 91

const SHAPE = /^postern-enroll\.[\w-]{32}\.([\w-]{43})$/

/**
 * A token that enrols a host: 192 random bits, and the public key that the reply will be signed with. So whoever is given the token by an
 * administrator also knows whose answer to accept.
 * @param publicKey as {@link parsePublicKey} reads it
 */
export const newEnrollToken = (publicKey: string): string =>
  `postern-enroll.${randomBytes(24).toString('base64url')}.${Buffer.from(
    publicKey.replace(/^ed25519:/, ''),
    'base64',
  ).toString('base64url')}`

/** The key in a token. @throws {Invalid} that does not repeat the token */
export function keyInEnrollToken(token: string): PublicKey {
  const [, key] = SHAPE.exec(token) ?? []
  if (key === undefined) throw new Invalid('that is not an enrolment token')
  return parsePublicKey(`ed25519:${Buffer.from(key, 'base64url').toString('base64')}`)
}
