import sshpk from 'sshpk'
import { Invalid } from '../../shared/invalid.ts'
import { NO_KEY } from './pem.ts'

/**
 * The private key of a file in OpenSSH's form, as PKCS#8 in PEM. What is wrong with a file may be thrown later, where nobody can catch it, so
 * this is only for a thread that may die.
 * @throws {Invalid}
 */
export function readOpenSshKey(pem: string, passphrase: string | undefined): string {
  try {
    const options = passphrase === undefined ? {} : { passphrase }
    return sshpk.parsePrivateKey(pem, 'pem', options).toString('pkcs8')
  } catch (cause) {
    const encrypted = cause instanceof Error && cause.name === 'KeyEncryptedError'
    throw new Invalid(encrypted ? 'the key has a passphrase' : NO_KEY)
  }
}

/** A private key of ours in OpenSSH's form. It is secret. */
export function writeOpenSshKey(pkcs8: string): string {
  const openssh = sshpk.parsePrivateKey(pkcs8, 'pem').toString('openssh')
  return openssh.endsWith('\n') ? openssh : `${openssh}\n`
}
