import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'

/** What the signature is for, so that no signature of the key for something else counts. */
const NAMESPACE = 'postern-release'

/**
 * Signs `file` into `file`.sig with an SSH key: a private key, or the public key of one that an agent or a FIDO token has.
 * @throws {Error} if ssh-keygen does
 */
export function sign(file: string, key: string): void {
  // ssh-keygen asks before it replaces one
  rmSync(`${file}.sig`, { force: true })
  // it may ask for a passphrase, or for a touch
  const stdio = ['inherit', 'ignore', 'inherit'] as const
  execFileSync('ssh-keygen', ['-Y', 'sign', '-q', '-f', key, '-n', NAMESPACE, file], {
    stdio: [...stdio],
  })
}
