import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Invalid } from '../../shared/invalid.ts'
import { systemReason } from '../../shared/system-reason.ts'
import { certificate } from '../x509/certificate-writer.ts'
import { authorityExtensions, serverExtensions } from '../x509/extensions.ts'

/** TLS files of a development server. Disposing of it deletes a temporary directory with them. */
export interface DevTls extends Disposable {
  /** Certificate of the CA, for clients. */
  readonly caFile: string
  readonly certificateFile: string
  readonly keyFile: string
}

const DAY = 86_400_000

/**
 * Generates a CA, whose key is discarded, and a certificate for this machine that is valid for 30 days, as `-dev-tls` of Vault does.
 * @param host that the server listens on
 * @param given directory for the files; a temporary one if undefined
 * @throws {Invalid} if the files cannot be written
 */
export function makeDevTls(host: string, given?: string): DevTls {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'postern-tls-'))
  const files = {
    caFile: join(folder, 'vault-ca.pem'),
    certificateFile: join(folder, 'vault-cert.pem'),
    keyFile: join(folder, 'vault-key.pem'),
  }
  const made = issue(host, new Date())
  try {
    writeFileSync(files.caFile, made.ca)
    writeFileSync(files.certificateFile, made.certificate)
    rmSync(files.keyFile, { force: true })
    writeFileSync(files.keyFile, made.key, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    throw new Invalid(`-dev-tls: cannot write to ${folder}: ${systemReason(cause)}`, { cause })
  }
  const remove = () => {
    if (given === undefined) rmSync(folder, { recursive: true, force: true })
  }
  return { ...files, [Symbol.dispose]: remove }
}

function issue(host: string, now: Date) {
  const [authority, own] = [pair(), pair()]
  const validity = {
    from: new Date(now.getTime() - 60_000),
    to: new Date(now.getTime() + 30 * DAY),
  }
  const signer = { issuer: 'Postern development CA', key: authority.privateKey }
  const listening = isIP(host) ? { names: [], addresses: [host] } : { names: [host], addresses: [] }
  const names = ['localhost', hostname(), ...listening.names]
  const addresses = ['127.0.0.1', '::1', ...listening.addresses]
  return {
    ca: certificate({
      ...{ ...signer, ...validity, subject: signer.issuer, publicKey: authority.publicKey },
      extensions: authorityExtensions(authority.publicKey),
    }),
    certificate: certificate({
      ...{ ...signer, ...validity, subject: 'localhost', publicKey: own.publicKey },
      extensions: serverExtensions({ names, addresses }, authority.publicKey),
    }),
    key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  }
}

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
