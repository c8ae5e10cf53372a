import { expect } from 'chai'
import { api, differs } from '../api.ts'
import { expectEmpty, expectFailure, expectReply, listed } from '../reply.ts'

const CA = { key_type: 'ca', allow_user_certificates: true }

const PLAIN = {
  ...{ key_type: 'ca', default_user: '', default_user_template: false, ttl: 0, max_ttl: 0 },
  ...{ allowed_users: '', allowed_users_template: false, allowed_critical_options: '' },
  ...{ allowed_domains: '', allowed_domains_template: false, allowed_extensions: '' },
  ...{ default_critical_options: {}, default_extensions: {}, default_extensions_template: false },
  ...{ allow_user_certificates: true, allow_host_certificates: false },
  ...{ allow_bare_domains: false, allow_subdomains: false, allow_user_key_ids: false },
  ...{ allow_empty_principals: false, key_id_format: '', allowed_user_key_lengths: {} },
  ...{ algorithm_signer: 'default', not_before_duration: 30, issuer_ref: 'default' },
}

/** Of the development version of OpenBao, and what is said of FIDO keys here alone. */
const NEWER = {
  allow_commas_in_identity_templates: false,
  fido_verify_required: false,
  fido_no_touch_required: false,
}

describe('roles that sign', () => {
  const { ssh, get, mount } = api()

  const read = async (role: object) => {
    expectEmpty(await ssh('roles/r', { ...CA, ...role }))
    return get(`${mount}/roles/r`)
  }

  it('are read with all that was not said', async () =>
    expectReply(await read({}), { data: { ...PLAIN, ...differs(NEWER, {}) } }))

  it('are kept whole and read back', async () => {
    const role = {
      ...{ default_user: 'u', default_user_template: true, ttl: 60, max_ttl: 120 },
      ...{ allowed_users: 'a, b', allowed_users_template: true, allowed_critical_options: 'x, y' },
      ...{ allowed_domains: 'c.d, e', allowed_domains_template: true, allowed_extensions: 'z' },
      ...{ default_critical_options: { x: '1' }, default_extensions: { 'permit-pty': '' } },
      ...{ default_extensions_template: true, allow_host_certificates: true },
      ...{ allow_bare_domains: true, allow_subdomains: true, allow_user_key_ids: true },
      ...{ allow_empty_principals: true, key_id_format: '{{role_name}}' },
      ...{ allowed_user_key_lengths: { rsa: [2048, 4096] }, algorithm_signer: 'rsa-sha2-512' },
      ...{ not_before_duration: 90, issuer_ref: 'not-there-yet' },
    }
    const newer = {
      ...{ allow_commas_in_identity_templates: true, fido_verify_required: true },
      fido_no_touch_required: true,
    }
    expectReply(await read({ ...role, ...differs(newer, {}) }), {
      data: { ...PLAIN, ...role, ...differs(newer, {}) },
    })
  })

  const KEPT: readonly (readonly [object, object])[] = [
    [
      { ttl: '30m', max_ttl: '1h' },
      { ttl: 1800, max_ttl: 3600 },
    ],
    [
      { ttl: '', max_ttl: '' },
      { ttl: 0, max_ttl: 0 },
    ],
    [{ not_before_duration: '1h' }, { not_before_duration: 3600 }],
    [{ not_before_duration: 0 }, { not_before_duration: 0 }],
    [{ algorithm_signer: '' }, { algorithm_signer: 'default' }],
    [{ algorithm_signer: 'ssh-rsa' }, { algorithm_signer: 'ssh-rsa' }],
    [{ issuer_ref: '' }, { issuer_ref: 'default' }],
    [
      { allow_user_key_ids: 'true', allow_subdomains: '1' },
      { allow_user_key_ids: true, allow_subdomains: true },
    ],
    [{ allow_host_certificates: '' }, { allow_host_certificates: false }],
    [{ allowed_user_key_lengths: { rsa: 2048 } }, { allowed_user_key_lengths: { rsa: [2048] } }],
    [
      { allowed_user_key_lengths: { rsa: '2048', ec: [256, 384] } },
      { allowed_user_key_lengths: { ec: [256, 384], rsa: [2048] } },
    ],
    [{ default_extensions: [] }, { default_extensions: {} }],
    [{ default_extensions: [{ a: '' }, { b: 'x' }] }, { default_extensions: { a: '', b: 'x' } }],
    [{ default_user: 'a,b' }, { default_user: 'a,b' }],
  ]
  for (const [given, kept] of KEPT)
    it(`take ${JSON.stringify(given)} for ${JSON.stringify(kept)}`, async () =>
      expect((await read(given)).body.data).to.deep.include(kept))

  const REFUSED: readonly (readonly [object, string])[] = [
    [
      { allow_user_certificates: false },
      "Either 'allow_user_certificates' or 'allow_host_certificates' must be set to 'true'",
    ],
    [
      { ttl: '2h', max_ttl: '1h' },
      '"ttl" value must be less than "max_ttl" when both are specified',
    ],
  ]
  for (const [given, message] of REFUSED)
    it(`are refused with ${JSON.stringify(given)}`, async () => {
      expectFailure(await ssh('roles/refused', { ...CA, ...given }), 400, message)
      expectFailure(await get(`${mount}/roles/refused`), 404)
    })

  it('are refused with an algorithm that nobody knows', async () => {
    const text = 'unknown algorithm signer "x"'
    expectFailure(
      await ssh('roles/refused', { ...CA, algorithm_signer: 'x' }),
      differs(400, 500),
      differs(text, listed(text)),
    )
  })

  for (const sizes of ['x', 1.5, ['x']])
    it(`are refused with keys of ${JSON.stringify(sizes)} bits`, async () => {
      const answer = await ssh('roles/refused', { ...CA, allowed_user_key_lengths: { rsa: sizes } })
      expect(answer.status).to.equal(400)
      expect(answer.body.errors[0]).to.match(/^error processing allowed_user_key_lengths: ./)
    })
})
