import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SecureVersion } from 'node:tls'
import { expect } from 'chai'
import { type Certificate, certificateAuthority } from '../../support/certificates.ts'
import { Bed, type Ended, expectEnd, HERE, OTP, together } from '../../support/helper.ts'
import { Hostile, reply } from '../../support/hostile.ts'

const bed = new Bed()
const other = certificateAuthority(join(bed.folder, 'other'))
const HOST = { addresses: ['127.0.0.1'] }
const intermediate = bed.authority.below(join(bed.folder, 'intermediate'))
const posing = bed.authority.below(join(bed.folder, 'posing'), 'server')
const chained = intermediate.issue(HOST)
const elsewhere = bed.authority.issue({ addresses: ['127.0.0.2'] })
const old = bed.authority.issue({ ...HOST, days: -1 })
const signedByServer = posing.issue(HOST)
const conduct = reply(200, { data: { username: 'alice', ip: HERE, role_name: 'ops' } })

const pinOf = ({ certFile }: Certificate, encoding: 'base64' | 'hex' = 'base64') =>
  createHash('sha256')
    .update(
      new X509Certificate(readFileSync(certFile)).publicKey.export({ type: 'spki', format: 'der' }),
    )
    .digest(encoding)
const wrong = `${'A'.repeat(43)}=`
const right = pinOf(bed.certificate)
const named = bed.authority.issue({ names: ['engine.test'] })

interface Case {
  readonly certificate?: Certificate
  readonly settings?: Readonly<Record<string, unknown>>
  readonly newest?: SecureVersion
  readonly ciphers?: string
  readonly says?: RegExp
}

const TRUSTED: readonly (readonly [string, Case])[] = [
  ['a certificate of its authority', {}],
  ['TLS 1.2', { newest: 'TLSv1.2' }],
  ['its pin', { settings: { pin_sha256: right } }],
  ['its pin in hexadecimal', { settings: { pin_sha256: pinOf(bed.certificate, 'hex') } }],
  ['its pin among others', { settings: { pin_sha256: [wrong, `sha256/${right}`] } }],
  [
    'the name in tls_server_name',
    { certificate: named, settings: { tls_server_name: 'engine.test' } },
  ],
  [
    'the intermediate authority alone',
    { certificate: chained, settings: { ca_cert: intermediate.caFile } },
  ],
  ['the authority above an intermediate one', { certificate: chained }],
  ['the very certificate of the engine', { settings: { ca_cert: bed.certificate.certFile } }],
  ['an authority in a folder below ca_path', { settings: { ca_cert: '', ca_path: bed.folder } }],
  ['an authority in ca_path', { settings: { ca_cert: '', ca_path: join(bed.folder, 'ca') } }],
]

const REFUSED: readonly (readonly [string, Case])[] = [
  [
    'a certificate signed by itself',
    { certificate: bed.authority.issue({ ...HOST, selfSigned: true }), says: /self-signed/ },
  ],
  [
    'one of another authority',
    { certificate: other.issue(HOST), says: /a CA that is not trusted/ },
  ],
  [
    'one of the authority for another',
    { settings: { ca_cert: other.caFile }, says: /a CA that is not trusted/ },
  ],
  [
    'one of none of the authorities of the system',
    { settings: { ca_cert: undefined }, says: /a CA that is not trusted/ },
  ],
  [
    'one of the authority above the intermediate one that is trusted',
    { settings: { ca_cert: intermediate.caFile }, says: /a CA that is not trusted/ },
  ],
  [
    'the certificate of another engine than the one that is trusted',
    {
      settings: { ca_cert: bed.authority.issue(HOST).certFile },
      says: /a CA that is not trusted/,
    },
  ],
  [
    'one signed with the key of a server whose certificate is trusted',
    { certificate: signedByServer, settings: { ca_cert: posing.caFile }, says: /./ },
  ],
  [
    'the very certificate that is trusted, for another address',
    {
      certificate: elsewhere,
      settings: { ca_cert: elsewhere.certFile },
      says: /is not in the cert's list/,
    },
  ],
  [
    'the very certificate that is trusted, expired',
    { certificate: old, settings: { ca_cert: old.certFile }, says: /expired/ },
  ],
  ['one for another name', { certificate: named, says: /is not/ }],
  [
    'one for another address',
    {
      certificate: bed.authority.issue({ addresses: ['127.0.0.2'] }),
      says: /is not in the cert's list/,
    },
  ],
  [
    'one for the address as a name',
    {
      certificate: bed.authority.issue({ names: ['127.0.0.1'] }),
      says: /is not in the cert's list/,
    },
  ],
  [
    'one for another name than tls_server_name',
    { settings: { tls_server_name: 'engine.test' }, says: /is not/ },
  ],
  ['an expired one', { certificate: bed.authority.issue({ ...HOST, days: -1 }), says: /expired/ }],
  [
    'one that is not valid yet',
    { certificate: bed.authority.issue({ ...HOST, startsIn: 2 }), says: /not yet valid/ },
  ],
  [
    'another key than the pinned one',
    { settings: { pin_sha256: [wrong] }, says: /none of those in pin_sha256/ },
  ],
  [
    'the pinned key, but of another authority',
    { settings: { pin_sha256: [right], ca_cert: other.caFile }, says: /not trusted/ },
  ],
  [
    'the pin of its authority alone',
    {
      settings: { pin_sha256: [pinOf({ ...bed.certificate, certFile: bed.authority.caFile })] },
      says: /pin_sha256/,
    },
  ],
  [
    'TLS 1.2 without forward secrecy',
    { newest: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256:AES128-SHA', says: /handshake/ },
  ],
  ['TLS 1.1', { newest: 'TLSv1.1', says: /protocol|version/ }],
  ['TLS 1.0', { newest: 'TLSv1', says: /protocol|version/ }],
]

describe('The helper and the certificate of the engine', function () {
  this.timeout(30_000)

  const cases = [...TRUSTED, ...REFUSED]
  let ends: ReadonlyMap<string, { readonly ended: Ended; readonly received: string }>

  before(async () => {
    ends = await together(
      cases,
      async ([, { certificate = bed.certificate, settings = {}, newest, ciphers }]) => {
        const old = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
        const tls =
          newest === undefined ? {} : { ...old, maxVersion: newest, ...(ciphers && { ciphers }) }
        await using engine = await Hostile.start({ certificate, conduct, tls })
        const ended = await bed.run({ engines: [engine], settings })
        return { ended, received: engine.received }
      },
    )
  })
  after(() => bed[Symbol.dispose]())

  for (const [what] of TRUSTED)
    it(`trusts ${what}`, () => {
      const { ended, received } = ends.get(what)!
      expectEnd(ended, 'allowed')
      expect(received).to.contain(OTP)
    })

  for (const [what, { says }] of REFUSED)
    it(`says nothing to an engine with ${what}`, () => {
      const { ended, received } = ends.get(what)!
      expectEnd(ended, 'unavailable')
      expect(ended.log).to.match(says!)
      expect(received).to.equal('')
    })
})
