import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { authorityWarnings } from '../../../engine/config/authority-warnings.ts'
import { certificateAuthority } from '../../support/certificates.ts'

const YEAR = 365 * 86_400_000

describe('Warnings about published CA certificates', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-authority-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const text = (file: string) => readFileSync(file, 'utf8')
  const warnings = (authority: string, certificate: string, later = 0) =>
    authorityWarnings({ authority, certificate, file: '/ca.pem' }, new Date(Date.now() + later))
  const NAMES = { names: ['engine.example.com'] }

  it('has none for the CA that has signed, also beside an older one, and for intermediates', () => {
    const [ca, older] = [
      certificateAuthority(join(folder, 'a')),
      certificateAuthority(join(folder, 'b')),
    ]
    const leaf = text(ca.issue(NAMES).certFile)
    expect(warnings(text(older.caFile) + text(ca.caFile), leaf)).to.deep.equal([])
    const below = ca.below(join(folder, 'below')).issue(NAMES)
    expect(warnings(text(ca.caFile), text(below.certFile))).to.deep.equal([])
    const own = text(ca.issue({ ...NAMES, selfSigned: true }).certFile)
    expect(warnings(own, own)).to.deep.equal([])
  })

  it('warns of a CA that has not signed', () => {
    const [ca, other] = [
      certificateAuthority(join(folder, 'c')),
      certificateAuthority(join(folder, 'd')),
    ]
    expect(warnings(text(other.caFile), text(ca.issue(NAMES).certFile))).to.deep.equal([
      'none of the CA certificates in /ca.pem has signed the certificate of the listener',
    ])
  })

  it('warns of a CA that expires', () => {
    const ca = certificateAuthority(join(folder, 'e'))
    const [warning = ''] = warnings(text(ca.caFile), text(ca.issue(NAMES).certFile), 10 * YEAR)
    expect(warning).to.match(/^a CA certificate in \/ca\.pem (?:expires soon, on|has expired on) /)
  })
})
