import { expect } from 'chai'
import type { CertificateRequest } from '../../../../engine/ssh/ca/certificate-request.ts'
import { draftOf } from '../../../../engine/ssh/ca/modifiers.ts'
import type { CaRole } from '../../../../engine/ssh/role/role.ts'
import { ED25519, fido, NOW, request } from '../../../support/certificate-requests.ts'

const HASH = /^[0-9a-f]{64}$/

describe('The makers of a certificate', () => {
  const make = (asked?: Partial<CertificateRequest>, role?: Partial<CaRole>) =>
    draftOf(request(asked, role))

  it('make a whole certificate from the role alone', () => {
    const { keyId, key, ...draft } = make()
    expect(draft).to.deep.equal({
      principals: ['ubuntu'],
      validAfter: NOW.getTime() / 1000 - 30,
      validBefore: NOW.getTime() / 1000 + 1800,
      criticalOptions: {},
      extensions: { 'permit-pty': '' },
    })
    expect(key).to.equal(ED25519)
    expect(keyId.replace(/^vault-token-ann-/, '')).to.match(HASH)
  })

  it('date back no further than to 1970', () => {
    expect(make({}, { notBeforeDuration: 9_000_000_000 }).validAfter).to.equal(0)
  })

  it('sort principals, and take each once', () => {
    expect(make({ principals: ' b, a,b ,' }).principals).to.deep.equal(['a', 'b'])
  })

  it('name nobody in the key id who has no name', () => {
    expect(make({ displayName: '' }).keyId.replace(/^vault-/, '')).to.match(HASH)
  })

  it('fill in the format of the key id once, whatever the values are', () => {
    const format = { keyIdFormat: '{{role_name}}/{{token_display_name}}/{{other}}/{{ role_name }}' }
    expect(make({ displayName: '{{role_name}}$&' }, format).keyId).to.equal(
      'web/{{role_name}}$&/{{other}}/{{ role_name }}',
    )
  })

  it('take no name that every object has for a part of the key id', () => {
    const keyIdFormat = '{{constructor}} {{toString}} {{__proto__}}'
    expect(make({}, { keyIdFormat }).keyId).to.equal(keyIdFormat)
  })

  it('take a flag that is true for one that is there', () => {
    const { extensions } = make({
      extensions: { 'permit-pty': true, x: true, 'permit-user-rc': 'true' },
    })
    expect(extensions).to.deep.equal({ 'permit-pty': '', x: 'true', 'permit-user-rc': '' })
  })

  it('cut the lifetime of the role to what may be', () => {
    const mount = { defaultTtl: 60, maxTtl: 120 }
    const ttl = (role: Partial<CaRole>) => make({ mount }, role).validBefore - NOW.getTime() / 1000
    expect(ttl({ ttl: 0, maxTtl: 0 })).to.equal(60)
    expect(ttl({ ttl: 3600, maxTtl: 0 })).to.equal(120)
    expect(ttl({ ttl: 0, maxTtl: 30 })).to.equal(30)
    expect(ttl({ ttl: 3600, maxTtl: 7200 })).to.equal(3600)
  })

  it('put options asked for in place of those of the role', () => {
    const role = { defaultExtensions: { a: '' }, defaultCriticalOptions: { b: '' } }
    const { extensions, criticalOptions } = make(
      { extensions: { c: 1 }, criticalOptions: { d: true } },
      role,
    )
    expect([extensions, criticalOptions]).to.deep.equal([{ c: '1' }, { d: 'true' }])
  })

  it('have FIDO keys unlocked, or not touched, where the role says so', () => {
    const role = { fidoVerifyRequired: true, fidoNoTouchRequired: true }
    expect(make({ key: fido }, role)).to.deep.include({
      criticalOptions: { 'verify-required': '' },
      extensions: { 'permit-pty': '', 'no-touch-required': '' },
    })
    expect(make({}, role)).to.deep.include({
      criticalOptions: {},
      extensions: { 'permit-pty': '' },
    })
  })
})
