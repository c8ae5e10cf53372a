import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { Invalid } from '../../shared/invalid.ts'
import { systemReason } from '../../shared/system-reason.ts'
import type { TlsIdentity } from '../http/listen.ts'
import type { Config } from './config.ts'

/**
 * Certificate and key as they are on the disk now.
 * @throws {Invalid} if they cannot be read, or do not fit each other, with the name of the file
 */
export async function readIdentity({ tls }: Pick<Config, 'tls'>): Promise<TlsIdentity | undefined> {
  if (!tls) return undefined
  const { certificateFile, keyFile, minVersion } = tls
  const [certificate, key] = await Promise.all([text(certificateFile), text(keyFile)])
  const leaf = usable(certificateFile, () => new X509Certificate(certificate), NO_CERTIFICATE)
  const privateKey = usable(keyFile, () => createPrivateKey(key), NO_KEY)
  // OpenSSL compares them only where both are of one kind
  if (!leaf.checkPrivateKey(privateKey))
    throw new Invalid(
      `${keyFile} is not the key of the certificate in ${certificateFile}, whose first must be the server's own`,
    )
  usable(`${certificateFile} and ${keyFile}`, () => createSecureContext({ cert: certificate, key }))
  return { certificate, key, minVersion }
}

/** @param reason in place of OpenSSL's, which is full of numbers */
function usable<T>(what: string, work: () => T, reason?: string): T {
  try {
    return work()
  } catch (cause) {
    throw new Invalid(`${what} cannot be used: ${reason ?? (cause as Error).message}`, { cause })
  }
}

const NO_CERTIFICATE = 'it does not begin with a certificate in PEM'

const NO_KEY = 'it holds no private key in PEM, or one with a passphrase'

const text = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch(cause => {
    throw new Invalid(`cannot read ${file}: ${systemReason(cause)}`, { cause })
  })
