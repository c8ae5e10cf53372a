import { createPrivateKey, createPublicKey } from 'node:crypto'
import sshpk from 'sshpk'
import { Invalid } from '../../shared/invalid.ts'
import { NO_KEY } from './pem.ts'

/**
 * Converts a private key in OpenSSH's format to PKCS#8 in PEM. The library may throw asynchronously on a damaged file, where nothing can catch it,
 * so this must only be called in a thread that may die.
 * @throws {Invalid}
 */
export function readOpenSshKey(pem: string, passphrase: string | undefined): string {
  try {
    const options = passphrase === undefined ? {} : { passphrase }
    const key = sshpk.parsePrivateKey(pem, 'pem', options)
    return key.type === 'ed25519' ? ed25519(key) : key.toString('pkcs8')
  } catch (cause) {
    const encrypted = cause instanceof Error && cause.name === 'KeyEncryptedError'
    throw new Invalid(encrypted ? 'the key has a passphrase' : NO_KEY)
  }
}

/** Converts a private key to OpenSSH's format. The result is secret. */
export function writeOpenSshKey(pkcs8: string): string {
  const openssh = sshpk.parsePrivateKey(pkcs8, 'pem').toString('openssh')
  return openssh.endsWith('\n') ? openssh : `${openssh}\n`
}

/** Encodes as PKCS#8. The library drops leading zero bytes of the seed, as one key in 512 has, and its output is then unreadable. */
function ed25519({ parts }: sshpk.PrivateKey): string {
  const [x, d] = ['A', 'k'].map(name => padded(parts.find(part => part.name === name)?.data))
  if (x === undefined || d === undefined) throw new Invalid(NO_KEY)
  const key = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d }, format: 'jwk' })
  // the public key is derived from the seed, not taken from the file
  if (createPublicKey(key).export({ format: 'jwk' }).x !== x) throw new Invalid(NO_KEY)
  return key.export({ type: 'pkcs8', format: 'pem' }) as string
}

const padded = (data: Buffer = Buffer.alloc(0)): string =>
  Buffer.concat([Buffer.alloc(Math.max(0, 32 - data.length)), data]).toString('base64url')
