import { ApiError } from '../api/errors.ts'
import type { KeyParameters } from './private-key.ts'

const CURVES = [256, 384, 521] as const
/** Bits; a key of twice the size takes ten times as long to generate, and is no safer in practice. */
export const LARGEST_RSA = 4096

/**
 * The parameters of a key, from type and size in a request; a size of 0 is the default one.
 * @throws {ApiError} invalid. Contract §2.8.
 */
export function keyParameters(type: string, bits: number): KeyParameters {
  const curve = /^ecdsa-sha2-nistp(256|384|521)$/.exec(type)
  if (curve) return ecdsa(type, Number(curve[1]))
  if (type === 'ec') return ecdsa(type, bits || 256)
  if (type === 'ssh-rsa' || type === 'rsa') return rsa(type, bits || 4096)
  if (type === 'ssh-ed25519' || type === 'ed25519') return { family: 'ed25519' }
  throw new ApiError('invalid', `unknown ssh key pair algorithm: ${type}`)
}

function rsa(type: string, bits: number): KeyParameters {
  if (bits < 2048)
    throw new ApiError('invalid', `refusing to generate weak ${type} key: ${bits} bits < 2048 bits`)
  if (bits > LARGEST_RSA)
    throw new ApiError('invalid', `an RSA key cannot have more than ${LARGEST_RSA} bits`)
  return { family: 'rsa', bits }
}

function ecdsa(type: string, bits: number): KeyParameters {
  const known = CURVES.find(each => each === bits)
  if (!known)
    throw new ApiError('invalid', `unknown ECDSA key pair algorithm and bits: ${type} / ${bits}`)
  return { family: 'ecdsa', bits: known }
}
