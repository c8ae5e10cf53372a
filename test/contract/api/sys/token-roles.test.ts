import { expect } from 'chai'
import { api, differs, ours } from '../api.ts'
import { expectEmpty, expectFailure, listed } from '../reply.ts'

const DENIED = listed('permission denied')

describe('roles of tokens', () => {
  const { get, list, put, mount, delete: remove } = api()
  let count = 0

  const roleOf = async (role: object) => {
    const name = `role-${mount}-${++count}`
    expectEmpty(await put(`auth/token/roles/${name}`, role))
    return name
  }
  const policyOf = async (policy: string) => {
    const name = `p-${mount}-${++count}`
    expectEmpty(await put(`sys/policies/acl/${name}`, { policy }))
    return name
  }
  const create = (name: string, data: object = {}, token?: string) =>
    put(`auth/token/create/${name}`, data, token)
  const shown = async (token: string) => (await put('auth/token/lookup', { token })).body.data

  it('are written, read, listed and deleted, and keep what is not sent', async () => {
    const name = await roleOf({ allowed_policies: 'B, a', orphan: true, token_period: '1h' })
    expectEmpty(await put(`auth/token/roles/${name}`, { path_suffix: 'xyz' }))
    expect((await get(`auth/token/roles/${name}`)).body.data).to.include({
      name,
      orphan: true,
      renewable: true,
      path_suffix: 'xyz',
      token_period: 3600,
      token_explicit_max_ttl: 0,
    })
    expect((await get(`auth/token/roles/${name}`)).body.data.allowed_policies).to.deep.equal([
      'a',
      'b',
    ])
    expect((await list('auth/token/roles')).body.data.keys).to.include(name)
    expectEmpty(await remove(`auth/token/roles/${name}`))
    expectFailure(await get(`auth/token/roles/${name}`), 404)
    expectFailure(await create(name), 400, `unknown role ${name}`)
  })

  it('show addresses and uses only where they are set', async () => {
    const name = await roleOf({})
    expect((await get(`auth/token/roles/${name}`)).body.data).not.to.have.any.keys(
      'token_bound_cidrs',
      'token_num_uses',
    )
    expectEmpty(
      await put(`auth/token/roles/${name}`, { token_bound_cidrs: '10.0.0.0/8', token_num_uses: 3 }),
    )
    const { token_bound_cidrs, token_num_uses } = (await get(`auth/token/roles/${name}`)).body.data
    expect([token_bound_cidrs, token_num_uses]).to.deep.equal([['10.0.0.0/8'], 3])
  })

  it('give policies that the caller has not', async () => {
    const name = await roleOf({ allowed_policies: ['dev', 'ops'] })
    const user = await policyOf(`path "auth/token/create/${name}" { capabilities = ["update"] }`)
    const { body } = await put('auth/token/create', { policies: [user] })
    const token = body.auth.client_token
    const policies = async (data: object) => (await create(name, data, token)).body.auth.policies
    expect(await policies({})).to.deep.equal(['default', 'dev', 'ops'])
    expect(await policies({ policies: ['dev'], no_default_policy: true })).to.deep.equal(['dev'])
    const { status, body: refused } = await create(name, { policies: ['root'] }, token)
    expect(status).to.equal(400)
    expect(refused.errors[0]).to.match(/must be subset of the role's allowed policies/)
  })

  for (const [role, asked, expected] of [
    [{ allowed_policies_glob: 'dev-*' }, ['dev-1'], ['default', 'dev-1']],
    [{ disallowed_policies: 'default,ops' }, ['dev'], ['dev']],
    [{ disallowed_policies: 'ops' }, ['ops'], 'token policy "ops" is disallowed by this role'],
    [{ disallowed_policies_glob: '*s' }, ['ops'], 'token policy "ops" is disallowed by this role'],
    [{ allowed_policies: 'dev', token_no_default_policy: true }, [], ['dev']],
    [{}, ['dev'], ['default', 'dev']],
  ] as const)
    it(`with ${JSON.stringify(role)} give for ${asked}: ${expected}`, async () => {
      const answer = await create(await roleOf(role), { policies: asked })
      if (typeof expected === 'string') expectFailure(answer, 400, expected)
      else expect(answer.body.auth.policies).to.deep.equal(expected)
    })

  it('say what tokens are', async () => {
    const name = await roleOf({
      allowed_policies: 'dev',
      orphan: true,
      renewable: false,
      path_suffix: 'edition',
      token_explicit_max_ttl: '1h',
      token_num_uses: 7,
      token_bound_cidrs: ['127.0.0.1', '10.0.0.0/8'],
    })
    const { auth } = (await create(name, { ttl: '2h', num_uses: 9 })).body
    expect(auth).to.include({ renewable: false, lease_duration: 3600, num_uses: 7, orphan: true })
    const data = await shown(auth.client_token)
    expect(data).to.include({
      path: `auth/token/create/${name}/edition`,
      role: name,
      num_uses: 7,
    })
    expect(data.bound_cidrs).to.have.length(2)
  })

  it('bind tokens to addresses, and what these make', async () => {
    const name = await roleOf({ allowed_policies: 'default', token_bound_cidrs: '10.0.0.0/8' })
    const far = (await create(name)).body.auth.client_token
    expectFailure(await get('auth/token/lookup-self', far), 403, 'permission denied')
    const near = await roleOf({ allowed_policies: 'root', token_bound_cidrs: '127.0.0.0/8' })
    const token = (await create(near, { ttl: '1h' })).body.auth.client_token
    expect((await get('auth/token/lookup-self', token)).status).to.equal(200)
  })

  ours('hand the bounds of a token on to its children', async () => {
    const maker = await policyOf('path "auth/token/create" { capabilities = ["update"] }')
    const name = await roleOf({ allowed_policies: maker, token_bound_cidrs: '127.0.0.0/8' })
    const token = (await create(name)).body.auth.client_token
    const child = (await put('auth/token/create', {}, token)).body.auth.client_token
    expect((await shown(child)).bound_cidrs).to.deep.equal(['127.0.0.0/8'])
  })

  it('with a period give tokens that can live on, until the role is gone', async () => {
    const name = await roleOf({ allowed_policies: 'dev', token_period: '2h' })
    const { auth } = (await create(name, { ttl: '1h' })).body
    expect(auth).to.include({ lease_duration: 7200, renewable: true })
    const renew = () => put('auth/token/renew', { token: auth.client_token })
    expect((await renew()).body.auth.lease_duration).to.equal(7200)
    expectEmpty(await remove(`auth/token/roles/${name}`))
    // OpenBao calls it an error of its own
    expect((await renew()).status).to.equal(differs(400, 500))
  })

  ours('are refused when they cannot be meant', async () => {
    const { status } = await put('auth/token/roles/x', { token_bound_cidrs: '10.0.0.0/33' })
    expect(status).to.equal(400)
    expect((await put('auth/token/roles/x', { path_suffix: 'a/b' })).status).to.equal(400)
  })

  describe('and who makes tokens without one', () => {
    const SUDO = 'path "auth/token/create" { capabilities = ["update", "sudo"] }'
    const PLAIN = 'path "auth/token/create*" { capabilities = ["update"] }'
    const maker = async (policy: string, more: object = {}) =>
      (await put('auth/token/create', { policies: [await policyOf(policy)], ...more })).body.auth
        .client_token

    it('gives only what they have, unless they have sudo', async () => {
      const plain = await maker(PLAIN)
      expectFailure(
        await put('auth/token/create', { policies: ['dev'] }, plain),
        400,
        'child policies must be subset of parent',
      )
      const sudo = await maker(SUDO)
      const { auth } = (await put('auth/token/create', { policies: ['dev'] }, sudo)).body
      expect(auth.policies).to.deep.equal(['default', 'dev'])
      expectFailure(
        await put('auth/token/create', { policies: ['root'] }, sudo),
        400,
        'root tokens may not be created without parent token being root',
      )
    })

    it('takes default away where it is not wanted, however it came', async () => {
      const own = await policyOf(PLAIN)
      const both = { policies: [own, 'default'] }
      const token = (await put('auth/token/create', both)).body.auth.client_token
      for (const [data, asker, expected] of [
        [both, undefined, [own]],
        [both, token, [own]],
        [{}, token, [own]],
        [{ policies: ['default'] }, undefined, []],
      ] as const) {
        const wanted = { ...data, no_default_policy: true }
        const { auth } = (await put('auth/token/create', wanted, asker)).body
        expect(auth.token_policies ?? []).to.deep.equal(expected)
      }
    })

    it('adds default only where they have it', async () => {
      const policy = await policyOf(PLAIN)
      const bare = (await put('auth/token/create', { policies: [policy], no_default_policy: true }))
        .body.auth.client_token
      const { auth } = (await put('auth/token/create', { policies: [policy] }, bare)).body
      expect(auth.policies).to.deep.equal([policy])
    })

    for (const [what, data] of [
      ['create orphan token', { no_parent: true }],
      ['create periodic token', { period: '1h' }],
      ['specify token id', { id: `mine-${mount}` }],
    ] as const)
      it(`needs sudo to ${what}`, async () => {
        expectFailure(
          await put('auth/token/create', data, await maker(PLAIN)),
          400,
          `root or sudo privileges required to ${what}`,
        )
        const answer = await put('auth/token/create', data, await maker(SUDO))
        expect(answer.status, answer.text).to.equal(200)
      })

    it('needs none for an orphan by the path that makes nothing else', async () => {
      const { auth } = (await put('auth/token/create-orphan', {}, await maker(PLAIN))).body
      expect(auth.orphan).to.equal(true)
    })

    it('is told of policies that are not there', async () => {
      const { warnings } = (await put('auth/token/create', { policies: ['nowhere'] })).body
      expect(warnings).to.deep.equal(['Policy "nowhere" does not exist'])
    })

    it('cannot do so with a token whose uses are counted, nor for a while make root for ever', async () => {
      expectFailure(
        await put('auth/token/create', {}, await maker(PLAIN, { num_uses: 5 })),
        400,
        'restricted use token cannot generate child tokens',
      )
      const root = (await put('auth/token/create', { ttl: '1h' })).body.auth.client_token
      expectFailure(
        await put('auth/token/create', {}, root),
        400,
        'expiring root tokens cannot create non-expiring root tokens',
      )
    })

    it('may tidy what is left of tokens', async () => {
      expect((await put('auth/token/tidy')).status).to.equal(202)
      expectFailure(await put('auth/token/tidy', {}, await maker(PLAIN)), 403, DENIED)
    })
  })
})
