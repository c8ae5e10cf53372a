import { createHmac, generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import { type Issuer, issuer, NOW } from '../../support/issuer.ts'
import { testEngine } from '../../support/test-engine.ts'

const invalid = (text: string) => ({ status: 400, body: { errors: [text] } })

const CLAIMS = { sub: 'ann', aud: 'postern', iat: NOW, exp: NOW + 300 }

describe('jwt', () => {
  let them: Issuer
  beforeEach(async () => {
    them = await issuer()
  })
  afterEach(() => them[Symbol.asyncDispose]())

  async function trusting(role: object = {}, config: object = { jwks_url: `${them.url}/keys` }) {
    const here = await testEngine()
    await here.post('sys/auth/jwt', { type: 'jwt' })
    const configured = await here.post('auth/jwt/config', config)
    const written = await here.post('auth/jwt/role/web', {
      role_type: 'jwt',
      user_claim: 'sub',
      bound_audiences: 'postern',
      token_policies: 'web',
      token_ttl: '1h',
      ...role,
    })
    const logIn = (token: string, name = 'web') =>
      here.post('auth/jwt/login', { role: name, jwt: token }, '')
    return { ...here, configured, written, logIn }
  }

  it('logs in whoever has a token of the issuer', async () => {
    const { logIn, get } = await trusting({
      claim_mappings: { '/team/name': 'team', mail: 'mail' },
    })
    const { auth } = (await logIn(await them.sign({ ...CLAIMS, team: { name: 'ops' } }))).body
    expect(auth).to.deep.include({
      policies: ['default', 'web'],
      metadata: { role: 'web', team: 'ops' },
      lease_duration: 3600,
    })
    const token = (await get('auth/token/lookup-self', auth.client_token)).body.data
    expect(token.display_name).to.equal('jwt-ann')
    const entity = (await get(`identity/entity/id/${auth.entity_id}`)).body.data
    expect(entity.aliases[0]).to.deep.include({
      name: 'ann',
      metadata: { role: 'web', team: 'ops' },
    })
  })

  it('trusts a provider that is discovered, and only in its name', async () => {
    const { logIn, configured } = await trusting({}, { oidc_discovery_url: them.url })
    expect(configured.status).to.equal(204)
    expect((await logIn(await them.sign({ ...CLAIMS, iss: them.url }))).status).to.equal(200)
    expect(await logIn(await them.sign(CLAIMS))).to.deep.equal(
      invalid('error validating token: invalid issuer (iss) claim'),
    )
  })

  it('trusts keys that are given', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const other = generateKeyPairSync('ed25519')
    const pem = [other.publicKey, publicKey].map(key => key.export({ type: 'spki', format: 'pem' }))
    const { logIn } = await trusting({}, { jwt_validation_pubkeys: pem })
    const { SignJWT } = await import('jose')
    const token = await new SignJWT(CLAIMS).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
    expect((await logIn(token)).status).to.equal(200)
    expect(await logIn(await them.sign(CLAIMS))).to.deep.equal(
      invalid('error validating token: no known key has signed the token'),
    )
  })

  it('never accepts a token that a public key has “signed”, or nobody', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const { logIn } = await trusting({}, { jwt_validation_pubkeys: [pem] })
    const text = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const signed = `${text({ alg: 'HS256' })}.${text(CLAIMS)}`
    const hmac = createHmac('sha256', pem).update(signed).digest('base64url')
    for (const token of [
      `${signed}.${hmac}`,
      `${text({ alg: 'none' })}.${text(CLAIMS)}.`,
      `${text({ alg: 'None' })}.${text(CLAIMS)}.`,
      'not a token',
      '..',
    ]) {
      const { status, body } = await logIn(token)
      expect(status).to.equal(400)
      expect(body.errors[0]).to.match(/^error validating token: /)
    }
  })

  it('finds new keys of the issuer, but is not made to ask for them all the time', async () => {
    const { logIn } = await trusting()
    expect((await logIn(await them.sign(CLAIMS))).status).to.equal(200)
    const before = them.asked()
    await them.rotate()
    const token = await them.sign(CLAIMS)
    for (let time = 0; time < 5; time++) await logIn(token)
    expect(them.asked() - before).to.be.at.most(1)
  })

  for (const [why, claims, role, message] of [
    [
      'it has ended',
      { exp: NOW - 61 },
      {},
      'invalid expiration time (exp) claim: token is expired',
    ],
    [
      'it has not begun',
      { nbf: NOW + 61 },
      {},
      'invalid not before (nbf) claim: token not yet valid',
    ],
    [
      'it comes from the future',
      { nbf: NOW, iat: NOW + 61 },
      {},
      'invalid issued at (iat) claim: token issued in the future',
    ],
    ['its end is no time', { exp: 'soon' }, {}, 'the exp claim is not a time'],
    [
      'it tells no time at all',
      { exp: undefined, iat: undefined },
      {},
      'no issued at (iat), not before (nbf), or expiration time (exp) claims in token',
    ],
    [
      'it is old and has no end',
      { exp: undefined, iat: NOW - 211 },
      {},
      'invalid expiration time (exp) claim: token is expired',
    ],
    [
      'clocks may not differ',
      { exp: NOW },
      { clock_skew_leeway: -1 },
      'invalid expiration time (exp) claim: token is expired',
    ],
    [
      'it is for another',
      { aud: ['x', 'y'] },
      {},
      'invalid audience (aud) claim: audience claim does not match any expected audience',
    ],
    ['it is for nobody', { aud: undefined }, {}, /^invalid audience/],
    ['its subject is another', {}, { bound_subject: 'bob' }, 'invalid subject (sub) claim'],
  ] as const)
    it(`rejects a token if ${why}`, async () => {
      const { logIn } = await trusting(role)
      const { status, body } = await logIn(await them.sign({ ...CLAIMS, ...claims }))
      expect(status).to.equal(400)
      const text = body.errors[0].replace('error validating token: ', '')
      if (typeof message === 'string') expect(text).to.equal(message)
      else expect(text).to.match(message)
    })

  it('wants the role to say for whom tokens are', async () => {
    const { logIn } = await trusting({ bound_audiences: [], bound_subject: 'ann' })
    expect(await logIn(await them.sign(CLAIMS))).to.deep.equal(
      invalid('audience claim found in JWT but no audiences bound to the role'),
    )
    expect((await logIn(await them.sign({ sub: 'ann', exp: NOW + 1 }))).status).to.equal(200)
  })

  for (const [bound, type, claims, message] of [
    [{ team: 'ops' }, 'string', { team: 'ops' }, undefined],
    [{ team: ['dev', 'ops'] }, 'string', { team: ['x', 'ops'] }, undefined],
    [{ '/a/b~1c': true }, 'string', { a: { 'b/c': true } }, undefined],
    [{ team: 'op*' }, 'glob', { team: 'ops' }, undefined],
    [{ team: '*o*s' }, 'glob', { team: ['xoxs'] }, undefined],
    [{ team: 'ops' }, 'string', {}, 'claim "team" is missing'],
    [{ toString: 'x' }, 'string', {}, 'claim "toString" is missing'],
    [
      { team: 'op*' },
      'string',
      { team: 'ops' },
      'claim "team" does not match any associated bound claim values',
    ],
    [
      { team: 'o*p*s' },
      'glob',
      { team: 'os' },
      'claim "team" does not match any associated bound claim values',
    ],
    [
      { level: '1' },
      'string',
      { level: 1 },
      'claim "level" does not match any associated bound claim values',
    ],
  ] as const)
    it(`holds ${JSON.stringify(claims)} against ${type} ${JSON.stringify(bound)}`, async () => {
      const { logIn } = await trusting({ bound_claims: bound, bound_claims_type: type })
      const { status, body } = await logIn(await them.sign({ ...CLAIMS, ...claims }))
      if (message === undefined) expect(status).to.equal(200)
      else expect(body.errors).to.deep.equal([`error validating claims: ${message}`])
    })

  it('takes groups from the token', async () => {
    const { logIn, post, core } = await trusting({ groups_claim: 'groups' })
    const { id } = (
      await post('identity/group', { name: 'g', type: 'external', policies: 'group' })
    ).body.data
    const mount_accessor = core.mounts.at('auth/jwt')!.accessor
    await post('identity/group-alias', { name: 'ops', mount_accessor, canonical_id: id })
    const policies = async (groups: unknown) =>
      (await logIn(await them.sign({ ...CLAIMS, groups }))).body
    expect((await policies(['ops'])).auth.identity_policies).to.deep.equal(['group'])
    expect((await policies('ops')).auth.identity_policies).to.deep.equal(['group'])
    expect((await policies([])).auth).to.not.have.property('identity_policies')
    expect((await policies(undefined)).errors).to.deep.equal(['"groups" claim not found in token'])
    expect((await policies([1])).errors).to.deep.equal([
      '"groups" claim could not be converted to string list',
    ])
  })

  it('says what is missing from a login', async () => {
    const { logIn, post } = await trusting()
    expect(await logIn('')).to.deep.equal(invalid('missing token'))
    expect(await logIn('x', '')).to.deep.equal(invalid('missing role'))
    expect(await logIn('x', 'nope')).to.deep.equal(invalid('role "nope" could not be found'))
    expect(await logIn(await them.sign({ ...CLAIMS, sub: undefined }))).to.deep.equal(
      invalid('claim "sub" not found in token'),
    )
    expect(await logIn(await them.sign({ ...CLAIMS, sub: 7 as never }))).to.deep.equal(
      invalid('claim "sub" could not be converted to string'),
    )
    await post('sys/auth/second', { type: 'jwt' })
    expect((await post('auth/second/login', { jwt: 'x' }, '')).body.errors).to.deep.equal([
      'could not load configuration',
    ])
  })

  for (const [why, config, message] of [
    [
      'nothing that signs',
      {},
      "exactly one of 'jwt_validation_pubkeys', 'jwks_url' or 'oidc_discovery_url' must be set",
    ],
    [
      'two that sign',
      { jwks_url: 'https://a', oidc_discovery_url: 'https://b' },
      "exactly one of 'jwt_validation_pubkeys', 'jwks_url' or 'oidc_discovery_url' must be set",
    ],
    [
      'a secret as an algorithm',
      { jwks_url: 'https://a', jwt_supported_algs: 'HS256' },
      'invalid jwt_supported_algs: unsupported signing algorithm "HS256"',
    ],
    [
      'keys over a wire that anybody can listen to',
      { jwks_url: 'http://192.0.2.1/keys' },
      'error checking jwks URL: http://192.0.2.1/keys: must be an https address',
    ],
    [
      'a key that is none',
      { jwt_validation_pubkeys: 'x' },
      'error parsing public key: not a key or certificate in PEM',
    ],
    [
      'half of a client',
      { oidc_discovery_url: 'https://a', oidc_client_id: 'x' },
      "both 'oidc_client_id' and 'oidc_client_secret' must be set for OIDC",
    ],
  ] as const)
    it(`takes no configuration with ${why}`, async () => {
      const { configured } = await trusting({}, config)
      expect(configured).to.deep.equal(invalid(message))
    })

  for (const [why, role, message] of [
    ['nobody', { user_claim: '' }, 'a user claim must be defined on the role'],
    [
      'anybody',
      { bound_audiences: [] },
      'must have at least one bound constraint when creating/updating a role',
    ],
    [
      'people who are sent nowhere',
      { role_type: 'oidc' },
      "'allowed_redirect_uris' must be set if 'role_type' is 'oidc' or unspecified.",
    ],
    ['another type', { role_type: 'saml' }, "invalid 'role_type': saml"],
    [
      'metadata that is its own',
      { claim_mappings: { x: 'role' } },
      'metadata key "role" is reserved and may not be a mapping destination',
    ],
  ] as const)
    it(`takes no role for ${why}`, async () => {
      const { written } = await trusting(role)
      expect(written).to.deep.equal(invalid(message))
    })

  it('shows configuration and roles, but no secret', async () => {
    const { get } = await trusting(
      {},
      { oidc_discovery_url: them.url, oidc_client_id: 'us', oidc_client_secret: 's3cret' },
    )
    const { data } = (await get('auth/jwt/config')).body
    expect(data).to.include({ oidc_discovery_url: them.url, oidc_client_id: 'us' })
    expect(JSON.stringify(data)).to.not.include('s3cret')
    expect((await get('auth/jwt/role/web')).body.data).to.deep.include({
      role_type: 'jwt',
      user_claim: 'sub',
      bound_audiences: ['postern'],
      token_ttl: 3600,
    })
  })
})
