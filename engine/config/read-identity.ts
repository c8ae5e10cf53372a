import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { Invalid } from '../../shared/invalid.ts'
import { systemReason } from '../../shared/system-reason.ts'
import type { TlsIdentity } from '../http/listen.ts'
import type { Config } from './config.ts'

/**
 * Reads certificate and key.
 * @throws {Invalid} with the name of the file, if they cannot be read or do not match
 */
export async function readIdentity({ tls }: Pick<Config, 'tls'>): Promise<TlsIdentity | undefined> {
  if (!tls) return undefined
  const { certificateFile, keyFile, minVersion } = tls
  const [certificate, key] = await Promise.all([text(certificateFile), text(keyFile)])
  const leaf = usable(certificateFile, () => new X509Certificate(certificate), NO_CERTIFICATE)
  const privateKey = usable(keyFile, () => createPrivateKey(key), NO_KEY)
  // createSecureContext compares them only if both have the same key type
  if (!leaf.checkPrivateKey(privateKey))
    throw new Invalid(
      `${keyFile} is not the key of the certificate in ${certificateFile}, whose first must be the server's own`,
    )
  usable(`${certificateFile} and ${keyFile}`, () => createSecureContext({ cert: certificate, key }))
  return { certificate, key, minVersion }
}

/** @param reason instead of OpenSSL's message */
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
