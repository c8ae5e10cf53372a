import { boolean, integer, string, type Values } from '../../../shared/field.ts'
import { ApiError } from '../../api/errors.ts'
import { invalidAs, parseAs } from '../../api/invalid-as.ts'
import { keyParameters } from '../../openssh/key-parameters.ts'
import { parsePrivateKey } from '../../openssh/parse-private-key.ts'
import { generatePrivateKey, type PrivateKey } from '../../openssh/private-key.ts'
import { parsePublicKey, publicKeyLine } from '../../openssh/public-key.ts'

/** The fields that import or generate the key pair of a CA. Contract §2.8. */
export const caKeyFields = {
  private_key: string({
    default: '',
    description: 'Private key of the CA, in PEM: RSA, ECDSA or Ed25519.',
  }),
  public_key: string({
    default: '',
    description: "Public key of the CA, in OpenSSH's format.",
  }),
  generate_signing_key: boolean({
    description:
      'Whether to generate the key pair. The default is true if no key is given, and false otherwise.',
  }),
  key_type: string({
    default: 'ssh-rsa',
    description:
      'Type of a generated key: ssh-rsa, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, ecdsa-sha2-nistp521 or ssh-ed25519.',
  }),
  key_bits: integer({
    default: 0,
    description: 'Size of a generated key in bits. With 0, the default size of the key type.',
  }),
}

export interface CaKey {
  readonly key: PrivateKey
  /** The public key as one line, as it was imported or generated. */
  readonly publicKey: string
  readonly generated: boolean
}

const invalid = (message: string) => new ApiError('invalid', message)

/** Bits of the smallest RSA key that may sign. */
const RSA_BITS = 2048

/**
 * The key pair of a request, imported or generated. Both take long, so this runs before the transaction that stores the key.
 * @param source address of the client
 * @throws {ApiError} invalid, in the words of the contract §2.8
 */
export async function caKeyOf(given: Values<typeof caKeyFields>, source: string): Promise<CaKey> {
  const { private_key: privateKey, public_key: publicKey, generate_signing_key: generate } = given
  const [hasPrivate, hasPublic] = [privateKey !== '', publicKey !== '']
  if (generate && (hasPrivate || hasPublic))
    throw invalid(
      'public_key and private_key must not be set when generate_signing_key is set to true',
    )
  if (hasPrivate && hasPublic) return importPair(privateKey, publicKey, source)
  if (generate === false) throw invalid(hasPublic ? 'missing private_key' : 'missing public_key')
  if (hasPrivate || hasPublic)
    throw invalid(
      'only one of public_key and private_key set; both must be set to use, or both must be blank to auto-generate',
    )
  const key = await generatePrivateKey(keyParameters(given.key_type, given.key_bits), source)
  return { key, publicKey: `${publicKeyLine(key.publicKey)}\n`, generated: true }
}

async function importPair(pem: string, line: string, source: string): Promise<CaKey> {
  const key = await parsePrivateKey({ pem, passphrase: undefined }, source).catch(
    invalidAs('Unable to parse private_key as an SSH private key: '),
  )
  const publicKey = parseAs('Unable to parse public_key as an SSH public key: ', () =>
    parsePublicKey(line),
  )
  if (!publicKey.blob.equals(key.publicKey.blob))
    throw invalid('public_key does not belong to private_key')
  if (publicKey.family === 'rsa' && publicKey.bits < RSA_BITS)
    throw invalid(`refusing to import weak rsa key: ${publicKey.bits} bits < ${RSA_BITS} bits`)
  return { key, publicKey: line, generated: false }
}
