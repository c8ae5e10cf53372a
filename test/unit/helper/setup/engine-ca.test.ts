import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Refusal } from '../../../../helper/refusal.ts'
import {
  certificateIn,
  fingerprintOf,
  parseFingerprint,
} from '../../../../helper/setup/engine-ca.ts'
import { certificateAuthority } from '../../../support/certificates.ts'

describe('The CA of an engine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-ca-'))
  after(() => rmSync(folder, { recursive: true }))
  const [pem, other] = ['one', 'other'].map(name =>
    readFileSync(certificateAuthority(join(folder, name)).caFile, 'utf8'),
  ) as [string, string]
  const certificate = new X509Certificate(pem)
  const digest = createHash('sha256').update(certificate.raw).digest()

  for (const text of [
    fingerprintOf(certificate),
    digest.toString('base64'),
    `sha256:${digest.toString('hex')}`,
    certificate.fingerprint256,
    `SHA256:${certificate.fingerprint256.toLowerCase()}`,
  ])
    it(`has the fingerprint ${text.replace(/[\w+/]{20,}.*/, '…')} in each usual form`, () => {
      expect(parseFingerprint(text).equals(digest)).to.equal(true)
    })

  for (const text of [
    '',
    'SHA256:',
    'SHA256:abc',
    'MD5:aa:bb',
    `${fingerprintOf(certificate)}A`,
    'a'.repeat(63),
  ])
    it(`has none of the form ${JSON.stringify(text.slice(0, 20))}`, () => {
      expect(() => parseFingerprint(text)).to.throw(Refusal, /is not SHA256:/)
    })

  it('is only the certificate with the fingerprint, whatever else is sent', () => {
    expect(certificateIn(`${other}${pem}${other}`, digest)).to.equal(certificate.toString())
    const broken = '-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n'
    expect(certificateIn(`<html>${broken}${pem}`, digest)).to.equal(certificate.toString())
  })

  it('is refused with the fingerprint that it has', () => {
    const found = fingerprintOf(new X509Certificate(other)).replaceAll('+', '\\+')
    expect(() => certificateIn(other, digest)).to.throw(
      Refusal,
      new RegExp(`fingerprint ${found}, not`),
    )
    for (const body of ['', '{"errors":[]}', pem.slice(0, -40)])
      expect(() => certificateIn(body, digest)).to.throw(Refusal, /tls_ca_file/)
  })
})
