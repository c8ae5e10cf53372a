import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
} from 'node:crypto'
import { promisify } from 'node:util'
import { longWork } from '../limit/long-work.ts'
import { writeOpenSshKey } from './openssh-key.ts'
import { type PublicKey, readPublicKey } from './public-key.ts'
import { WireWriter } from './wire.ts'

/** A key that signs. */
export interface PrivateKey {
  readonly key: KeyObject
  readonly publicKey: PublicKey
}

/** The type and size of a new key. */
export type KeyParameters =
  | { readonly family: 'rsa'; readonly bits: number }
  | { readonly family: 'ecdsa'; readonly bits: 256 | 384 | 521 }
  | { readonly family: 'ed25519' }

/** The signature algorithm of an RSA key, by its name on the wire; other key types have only one. */
export type SignatureAlgorithm = 'rsa-sha2-256' | 'rsa-sha2-512' | 'ssh-rsa'

const generate = promisify(generateKeyPair) as (
  type: string,
  options: object,
) => Promise<{ readonly privateKey: KeyObject }>

const signed = promisify(sign) as (
  hash: string | undefined,
  data: Uint8Array,
  key: object,
) => Promise<Buffer>

/**
 * Generates a key, outside of the event loop.
 * @param source address of the client that it is for
 * @throws {ApiError} busy, if too many keys are being generated
 */
export async function generatePrivateKey(
  parameters: KeyParameters,
  source: string,
): Promise<PrivateKey> {
  const { family } = parameters
  if (family === 'ed25519') return privateKeyOf((await generate('ed25519', {})).privateKey)
  const { privateKey } =
    family === 'rsa'
      ? // occupies a thread for seconds
        await longWork.run(source, () => generate('rsa', { modulusLength: parameters.bits }))
      : await generate('ec', { namedCurve: `P-${parameters.bits}` })
  return privateKeyOf(privateKey)
}

/** The key in its stored form, PKCS#8 in PEM. It is secret. */
export const exportPrivateKey = ({ key }: PrivateKey): string =>
  key.export({ type: 'pkcs8', format: 'pem' }) as string

/** Parses the result of {@link exportPrivateKey}, and nothing else. */
export const importPrivateKey = (pem: string): PrivateKey => privateKeyOf(createPrivateKey(pem))

/** The key in the format for clients: PKCS#1 for RSA, SEC 1 for ECDSA, OpenSSH's format for Ed25519. It is secret. */
export function pemForClients({ key, publicKey }: PrivateKey): string {
  if (publicKey.family === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }) as string
  if (publicKey.family === 'ecdsa') return key.export({ type: 'sec1', format: 'pem' }) as string
  return writeOpenSshKey(key.export({ type: 'pkcs8', format: 'pem' }) as string)
}

/**
 * Signs; outside of the event loop if that takes long. With Ed25519 and P-256 it takes 50 µs, and giving it to another thread takes as
 * long. Returns the signature in wire format. RFC 4253 §6.6, RFC 5656 §3.1.2, RFC 8332 §3, RFC 8709 §6.
 */
export async function signBytes(
  { key, publicKey }: PrivateKey,
  data: Uint8Array,
  algorithm: SignatureAlgorithm = 'rsa-sha2-256',
): Promise<Buffer> {
  const { family, type, bits } = publicKey
  if (family === 'rsa') {
    const signature = await signed(HASHES[algorithm], data, key)
    return new WireWriter().string(algorithm).string(signature).bytes()
  }
  if (family === 'ed25519')
    return new WireWriter()
      .string(type)
      .string(sign(undefined, data, key))
      .bytes()
  const hash = bits === 256 ? 'sha256' : bits === 384 ? 'sha384' : 'sha512'
  const how = { key, dsaEncoding: 'ieee-p1363' } as const
  const pair = bits === 256 ? sign(hash, data, how) : await signed(hash, data, how)
  const [r, s] = [pair.subarray(0, pair.length / 2), pair.subarray(pair.length / 2)]
  const numbers = new WireWriter().mpint(r).mpint(s).bytes()
  return new WireWriter().string(type).string(numbers).bytes()
}

const HASHES = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512', 'ssh-rsa': 'sha1' } as const

/** A key with its public half. @throws {Invalid} if its type is not supported */
export function privateKeyOf(key: KeyObject): PrivateKey {
  return { key, publicKey: publicKeyOf(key) }
}

function publicKeyOf(key: KeyObject): PublicKey {
  const { kty, crv, n, e, x, y } = createPublicKey(key).export({ format: 'jwk' })
  const bytes = (part: string | undefined) => Buffer.from(part ?? '', 'base64url')
  const wire = new WireWriter()
  if (kty === 'RSA') wire.string('ssh-rsa').mpint(bytes(e)).mpint(bytes(n))
  else if (crv === 'Ed25519') wire.string('ssh-ed25519').string(bytes(x))
  else {
    const curve = crv?.replace('P-', 'nistp') ?? ''
    const point = Buffer.concat([Buffer.of(4), bytes(x), bytes(y)])
    wire.string(`ecdsa-sha2-${curve}`).string(curve).string(point)
  }
  return readPublicKey(wire.bytes())
}
