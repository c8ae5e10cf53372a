import { expect } from 'chai'
import { api, ours } from './api.ts'
import { expectFailure } from './reply.ts'

/** What somebody sends who wants to do harm, and what it must not do. */
describe('hostile input', () => {
  const { ask, delete: remove, get, mount, put, root, ssh } = api()

  /** A token with these rules and no others. */
  async function limited(rules: Readonly<Record<string, readonly string[]>>): Promise<string> {
    const path = Object.fromEntries(
      Object.entries(rules).map(([name, capabilities]) => [name, { capabilities }]),
    )
    const policy = JSON.stringify({ path })
    await put('sys/policies/acl/limited', { policy })
    const { body } = await put('auth/token/create', { policies: ['limited'] })
    return body.auth.client_token
  }

  describe('keeps nobody else waiting', () => {
    // a search that goes back and forth takes hours for these
    const digits = `${'1'.repeat(1_000_000)}x`

    ours('as a duration', async () =>
      expectFailure(
        await put('auth/token/renew-self', { increment: digits }),
        400,
        'Field validation failed: error converting input for field "increment": a duration has 128 characters at the most',
      ),
    )

    ours('as the time for which a reply is kept', async () =>
      expectFailure(
        await ask('GET', 'sys/health', { headers: { 'x-vault-wrap-ttl': digits.slice(-8000) } }),
        400,
        'error parsing X-Vault-Wrap-TTL header: a duration has 128 characters at the most',
      ),
    )

    ours('as the path of a quota', async () => {
      const path = `x${'/'.repeat(1_000_000)}x`
      expect((await put('sys/quotas/rate-limit/wide', { path, rate: 1 })).status).to.equal(204)
      expect((await get('sys/quotas/rate-limit/wide')).body.data.path).to.equal('x/x')
    })

    ours('as a list of millions', async () => {
      const data = { otp: 'x', ip: 'a,'.repeat(1_000_000) }
      expectFailure(
        await ssh('verify', data),
        400,
        'Field validation failed: error converting input for field "ip": a text has 1048576 characters at the most',
      )
      expectFailure(await ssh('verify', data, ''), 413, 'http: request body too large')
    })

    ours('as a share', async () => {
      for (const [key, status] of [
        ['a'.repeat(1_000_000), 413],
        ['A'.repeat(60_000), 400],
        ['!', 400],
      ] as const)
        expect((await put('sys/unseal', { key }, '')).status).to.equal(status)
    })
  })

  describe('is the fault of who sends it', () => {
    const NO_TEXT = { toString: null, valueOf: null }

    it('as an object that says it has functions', async () => {
      const token = await limited({ '*': ['create', 'read', 'update'] })
      for (const [path, body] of [
        ['auth/token/create', { meta: { a: NO_TEXT } }],
        ['auth/token/lookup', { token: NO_TEXT, other: NO_TEXT }],
        ['sys/mounts/other', { type: 'ssh', config: { default_lease_ttl: NO_TEXT } }],
        ['sys/audit/other', { type: 'file', options: { file_path: NO_TEXT } }],
      ] as const)
        for (const each of [token, root])
          expect((await put(path, body, each)).status, path).to.be.within(200, 499)
      const lengths = { key_type: 'ca', allow_user_certificates: true }
      expect(
        (await ssh('roles/ca', { ...lengths, allowed_user_key_lengths: { rsa: NO_TEXT } })).status,
      ).to.equal(400)
    })

    ours('as half of a character', async () => {
      for (const [path, body] of [
        ['auth/token/create', { policies: ['\ud800'] }],
        ['sys/leases/lookup', { lease_id: 'a/\udfff' }],
        ['auth/token/lookup-accessor', { accessor: '\ud800' }],
      ] as const)
        expect((await put(path, body)).status, path).to.equal(400)
    })
  })

  describe('gets nobody around a policy', () => {
    ours('by a slash behind the path', async () => {
      await ssh('roles/kept', { key_type: 'otp', default_user: 'u' })
      const token = await limited({
        [`${mount}/roles/*`]: ['read', 'delete'],
        [`${mount}/roles/kept`]: ['deny'],
        'sys/policies/acl/*': ['read', 'delete'],
        'sys/policies/acl/limited': ['deny'],
      })
      for (const path of [`${mount}/roles/kept`, 'sys/policies/acl/limited'])
        for (const spelled of [path, `${path}/`, `${path}//`, path.replace('/', '//')])
          for (const verb of ['GET', 'DELETE'])
            expect((await ask(verb, spelled, { token })).status, spelled).to.equal(403)
    })

    ours('by another case of its letters', async () => {
      await put('sys/auth/people', { type: 'userpass' })
      await put('auth/people/users/ann', { password: 'x' })
      await put('identity/entity', { name: 'ann' })
      const token = await limited({
        'sys/policies/acl/*': ['read', 'delete'],
        'sys/policies/acl/limited': ['deny'],
        'auth/people/users/*': ['read', 'delete'],
        'auth/people/users/ann': ['deny'],
        'identity/entity/name/*': ['read', 'delete'],
        'identity/entity/name/ann': ['deny'],
      })
      for (const path of [
        'sys/policies/acl/limited',
        'auth/people/users/ann',
        'identity/entity/name/ann',
      ])
        for (const spelled of [path, path.replace(/n$/, 'N'), path.replace(/d$/, 'D')])
          expect((await ask('DELETE', spelled, { token })).status, spelled).to.equal(403)
      expect((await ask('GET', 'sys/policies/acl/DEFAULT', { token })).status).to.equal(200)
      await remove('sys/auth/people')
    })
  })

  ours('removes no auth method by the right to remove secrets engines', async () => {
    await put('sys/auth/people', { type: 'userpass' })
    const token = await limited({ 'sys/mounts/*': ['delete'] })
    expectFailure(
      await ask('DELETE', 'sys/mounts/auth/people', { token }),
      400,
      'cannot unmount "auth/people/"',
    )
    expect((await get('sys/auth/people')).status).to.equal(200)
    expect((await remove('sys/auth/people')).status).to.equal(204)
  })

  ours('keeps nothing in the store without a token', async () => {
    const { body } = await ask('PUT', `${mount}/verify`, {
      token: '',
      body: { otp: 'verify-echo-request' },
      headers: { 'x-vault-wrap-ttl': '60' },
    })
    expect(body.wrap_info).to.equal(null)
    expect(body.data).to.deep.equal({ message: 'verify-echo-response' })
  })
})
