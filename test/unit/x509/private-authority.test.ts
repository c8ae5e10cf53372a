import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { expect } from 'chai'
import {
  issueServerCertificate,
  makeAuthority,
  newPrivateKey,
} from '../../../engine/x509/private-authority.ts'
import { refusalOf } from '../../../engine/x509/refusal-of.ts'

const DAY = 86_400_000
const NOW = new Date()

const NETWORKS = ['10.1.0.0/16', 'fd00:1::/32', '127.0.0.1/32']

describe('A private CA', () => {
  const authorityKey = newPrivateKey()
  const make = (domains: readonly string[], networks: readonly string[], now = NOW) =>
    makeAuthority({ name: 'Postern CA', key: authorityKey, permitted: { domains, networks }, now })
  const authority = make(['example.com'], NETWORKS)

  const issue = (name: string, { of = authority, now = NOW } = {}) => {
    const key = newPrivateKey()
    const valid = isIP(name) ? { names: [], addresses: [name] } : { names: [name], addresses: [] }
    const made = issueServerCertificate({ authority: of, authorityKey, key, now, ...valid })
    return { certificate: made, key }
  }

  /** Why a client that trusts the CA rejects the certificate; undefined if it does not. */
  function refusal(name: string, ca = authority): Promise<string | undefined> {
    const { certificate, key } = issue(name, { of: ca })
    const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
    return refusalOf({ certificate, key: pem, authority: ca, name })
  }

  it('issues certificates for the names and addresses that it permits', async () => {
    for (const name of ['example.com', 'engine.example.com', '10.1.2.3', 'fd00:1::7', '127.0.0.1'])
      expect(await refusal(name), name).to.equal(undefined)
  })

  it('cannot issue certificates for others that clients accept', async () => {
    const names = ['example.org', 'notexample.com', 'localhost', '10.2.0.1', 'fd00:2::7', '::1']
    for (const name of names)
      expect(await refusal(name), name).to.equal('permitted subtree violation')
  })

  it('permits no address if it has no network, and no name if it has no domain', async () => {
    expect(await refusal('10.1.2.3', make(['example.com'], []))).to.equal(
      'excluded subtree violation',
    )
    expect(await refusal('a.example.com', make([], NETWORKS))).to.equal(
      'excluded subtree violation',
    )
  })

  it('issues for 90 days, and no longer than it is itself valid', () => {
    const days = (pem: string, from: Date) =>
      (new X509Certificate(pem).validToDate.getTime() - from.getTime()) / DAY
    expect(days(authority, NOW)).to.be.closeTo(3650, 0.1)
    expect(days(issue('example.com').certificate, NOW)).to.be.closeTo(90, 0.1)
    const late = new Date(NOW.getTime() + 3640 * DAY)
    expect(days(issue('example.com', { now: late }).certificate, late)).to.be.closeTo(10, 0.1)
  })

  it('has dates after 2049', () => {
    const old = make(['example.com'], NETWORKS, new Date('2045-06-01T12:00:00Z'))
    expect(new X509Certificate(old).validToDate.toISOString()).to.match(/^2055-05-30T12:00:00/)
  })
})
