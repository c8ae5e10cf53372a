import { readFileSync } from 'node:fs'
import { Secret } from '../../../shared/secret.ts'
import { systemReason } from '../../../shared/system-reason.ts'
import { parsePrivateKey } from '../../openssh/parse-private-key.ts'
import { publicKeyLine } from '../../openssh/public-key.ts'
import { Failure } from '../failure.ts'

/** Private keys of CAs in PEM, by {@link keyId} of their public keys. */
export type CaKeys = ReadonlyMap<string, Secret>

/** What identifies a public key: its line in OpenSSH's format without the comment. */
export const keyId = (line: string): string => line.trim().split(/\s+/).slice(0, 2).join(' ')

/** Reads files with private keys. @throws {Failure} naming the file, without its content */
export async function readCaKeys(files: readonly string[]): Promise<CaKeys> {
  const keys = new Map<string, Secret>()
  for (const file of files) {
    const pem = textOf(file)
    try {
      const { publicKey } = await parsePrivateKey({ pem: pem.reveal(), passphrase: undefined }, '')
      keys.set(keyId(publicKeyLine(publicKey)), pem)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Failure(`${file} is not a private key that can be read: ${reason}`)
    }
  }
  return keys
}

function textOf(file: string): Secret {
  try {
    return new Secret(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Failure(`failed to read ${file}: ${systemReason(error)}`)
  }
}
