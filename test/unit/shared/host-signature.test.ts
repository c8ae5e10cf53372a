import { expect } from 'chai'
import {
  bodyDigest,
  type EnrollRequest,
  enrolledText,
  enrollText,
  HOST_NAME,
  type HostRequest,
  hostRequestText,
} from '../../../shared/host-signature.ts'

const REQUEST: HostRequest = {
  ...{ host: 'web-1', time: '2026-01-01T00:00:00Z', nonce: 'n', report: '{}' },
  ...{ method: 'PUT', path: 'verify', bodyDigest: bodyDigest('body') },
}
const ENROLL: EnrollRequest = { token: 't', name: 'web-1', publicKey: 'ed25519:x', nonce: 'n' }

/** Each object with one member changed. */
const changed = <T extends object>(all: T): readonly T[] =>
  Object.keys(all).map(key => ({ ...all, [key]: 'other' }))

describe('What a host signs', () => {
  it('is headed by what it is for, and has every part', () => {
    const [body] = ['230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5']
    expect(hostRequestText(REQUEST).toString()).to.equal(
      `postern-host-request-v1\n5:web-1\n20:2026-01-01T00:00:00Z\n1:n\n2:{}\n3:PUT\n6:verify\n64:${body}\n`,
    )
    expect(enrollText(ENROLL).toString()).to.equal(
      `postern-host-enroll-v1\n64:${bodyDigest('t')}\n5:web-1\n9:ed25519:x\n1:n\n`,
    )
    expect(enrolledText(ENROLL, Buffer.from('set')).toString()).to.equal(
      `postern-host-enrolled-v1\n5:web-1\n9:ed25519:x\n1:n\n64:${bodyDigest('set')}\n`,
    )
  })

  it('is another text when one part is another', () => {
    const texts = [REQUEST, ...changed(REQUEST)].map(each => hostRequestText(each).toString())
    expect(new Set(texts).size).to.equal(8)
    const enrolments = [ENROLL, ...changed(ENROLL)].map(each => enrollText(each).toString())
    expect(new Set(enrolments).size).to.equal(5)
  })

  it('has the enrolment that it replaces, if there is one', () => {
    const replaces = { public_key: 'k', enrolled_time: 'noon', enrolled_from: '10.0.0.5' }
    const set = Buffer.from('set')
    expect(enrolledText({ ...ENROLL, replaces }, set).toString()).to.equal(
      `${enrolledText(ENROLL, set)}1:k\n4:noon\n8:10.0.0.5\n`,
    )
  })

  it('has the digest of the bytes of a body', () => {
    expect(bodyDigest(Buffer.from('body'))).to.equal(bodyDigest('body'))
  })
})

describe('The name of a host', () => {
  for (const name of ['a', '0', '_', 'web-1', 'a.b', 'a-.-b', '_x_', `${'a'.repeat(253)}`])
    it(`may be ${name.slice(0, 9)}, of ${name.length} characters`, () => {
      expect(name).to.match(HOST_NAME)
    })

  for (const name of [
    ...['', '-', '.', '-a', 'a-', '.a', 'a.', 'A', 'wEb', 'a b', 'a/b', 'é', 'a\n', '\na', 'a*'],
    'a'.repeat(254),
  ])
    it(`may not be ${JSON.stringify(name.slice(0, 9))}, of ${name.length} characters`, () => {
      expect(name).not.to.match(HOST_NAME)
    })
})
