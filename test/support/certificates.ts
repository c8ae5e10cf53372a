import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificate } from '../../engine/x509/certificate-writer.ts'
import { authorityExtensions, serverExtensions } from '../../engine/x509/extensions.ts'

/** A throw-away certificate authority. */
export interface CertificateAuthority {
  /** PEM file of its own certificate. */
  readonly caFile: string
  issue(subject: Subject): Certificate
  /**
   * An authority below this one, whose certificate servers send along with their own.
   * @param kind `server` for one that has the certificate of a server, and is no authority
   */
  below(dir: string, kind?: 'authority' | 'server'): CertificateAuthority
}

/** What signs an authority's certificate in its place. */
interface Signer {
  readonly issuer: string
  readonly key: KeyObject
  readonly kind: 'authority' | 'server'
}

export interface Subject {
  /** DNS names. */
  readonly names?: readonly string[]
  readonly addresses?: readonly string[]
  /** How long it is valid, from a minute ago on; a negative number makes one that ended that many days ago. */
  readonly days?: number
  /** In how many days it begins to be valid, in place of a minute ago. */
  readonly startsIn?: number
  /** Signed with its own key, by nobody else. */
  readonly selfSigned?: boolean
}

export interface Certificate {
  readonly keyFile: string
  readonly certFile: string
}

/** Makes a certificate authority with a P-256 key, for tests and for the demo. Its files, and those it issues, are in `dir`. */
export function certificateAuthority(dir: string, above?: Signer): CertificateAuthority {
  mkdirSync(dir, { recursive: true })
  const name = `Throw-away CA ${randomBytes(4).toString('hex')}`
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const caFile = join(dir, 'ca.pem')
  const [from, to] = [minuteAgo(), daysOn(3650)]
  const own = { issuer: name, key: keys.privateKey, subject: name, publicKey: keys.publicKey }
  const extensions =
    above?.kind === 'server'
      ? serverExtensions({ names: [name], addresses: [] })
      : authorityExtensions(keys.publicKey)
  const ownText = certificate({ ...own, ...above, from, to, extensions })
  writeFileSync(caFile, ownText)

  return {
    caFile,
    below: (folder, kind = 'authority') =>
      certificateAuthority(folder, { issuer: name, key: keys.privateKey, kind }),
    issue({ names = [], addresses = [], days = 30, startsIn, selfSigned = false }) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const serial = randomBytes(4).toString('hex')
      const [keyFile, certFile] = [join(dir, `${serial}.key`), join(dir, `${serial}.pem`)]
      const validity =
        days < 0
          ? { from: daysOn(days - 1), to: daysOn(days) }
          : { from: startsIn === undefined ? minuteAgo() : daysOn(startsIn), to: daysOn(days) }
      const authority = selfSigned ? publicKey : keys.publicKey
      const extensions = serverExtensions({ names, addresses }, authority)
      const subject = names[0] ?? addresses[0] ?? 'nobody'
      const issuer = selfSigned ? { issuer: subject, key: privateKey } : own
      const leaf = certificate({ ...issuer, subject, publicKey, ...validity, extensions })
      writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
      writeFileSync(certFile, above ? leaf + ownText : leaf)
      return { keyFile, certFile }
    },
  }
}

const minuteAgo = () => new Date(Date.now() - 60_000)
const daysOn = (days: number) => new Date(Date.now() + days * 86_400_000)
