import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { certificateFingerprint } from '../../../shared/certificate-fingerprint.ts'
import { certificateAuthority } from '../../support/certificates.ts'

describe('certificateFingerprint', () => {
  it('is the SHA-256 of the DER, in base64 without padding', () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-fingerprint-'))
    const { caFile } = certificateAuthority(folder)
    const certificate = new X509Certificate(readFileSync(caFile))
    rmSync(folder, { recursive: true })
    const [, base64 = ''] =
      /^SHA256:([A-Za-z0-9+/]{43})$/.exec(certificateFingerprint(certificate)) ?? []
    // Node's own fingerprint is the same hash in hexadecimal
    const hex = Buffer.from(base64, 'base64').toString('hex').toUpperCase()
    expect(hex).to.equal(certificate.fingerprint256.replaceAll(':', ''))
  })
})
