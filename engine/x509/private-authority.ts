import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { certificate } from './certificate-writer.ts'
import { authorityExtensions, type Names, type Permitted, serverExtensions } from './extensions.ts'

const DAY = 86_400_000

/** Ten years. */
const AUTHORITY_LIFETIME = 3650 * DAY

/** Lifetime of a server certificate. A timer renews it after two thirds. */
export const SERVER_LIFETIME = 90 * DAY

/** Clocks of hosts may be this much behind. */
const CLOCK_SKEW = 3_600_000

interface AuthorityOptions {
  readonly name: string
  readonly key: KeyObject
  readonly permitted: Permitted
  readonly now: Date
}

/** A new P-256 key. */
export const newPrivateKey = (): KeyObject =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

/** A certificate for a private CA in PEM, which can issue certificates only for what is permitted. */
export function makeAuthority({ name, key, permitted, now }: AuthorityOptions): string {
  const publicKey = createPublicKey(key)
  return certificate({
    ...{ issuer: name, subject: name, key, publicKey },
    from: new Date(now.getTime() - CLOCK_SKEW),
    to: new Date(now.getTime() + AUTHORITY_LIFETIME),
    extensions: authorityExtensions(publicKey, permitted),
  })
}

interface ServerOptions extends Names {
  /** Certificate of the CA, in PEM. */
  readonly authority: string
  /** Its private key. */
  readonly authorityKey: KeyObject
  /** Private key of the server. */
  readonly key: KeyObject
  readonly now: Date
}

/** A server certificate in PEM. It does not outlive the CA. */
export function issueServerCertificate(options: ServerOptions): string {
  const { authority, authorityKey, key, now, names, addresses } = options
  const { subject, validToDate } = new X509Certificate(authority)
  const [, issuer = ''] = /^CN=(.*)$/m.exec(subject) ?? []
  return certificate({
    ...{ issuer, key: authorityKey, publicKey: createPublicKey(key) },
    // an address here would be taken for a DNS name, which the CA may not permit
    subject: names[0] ?? 'Postern engine',
    from: new Date(now.getTime() - CLOCK_SKEW),
    to: new Date(Math.min(now.getTime() + SERVER_LIFETIME, validToDate.getTime())),
    extensions: serverExtensions({ names, addresses }, createPublicKey(authorityKey)),
  })
}
