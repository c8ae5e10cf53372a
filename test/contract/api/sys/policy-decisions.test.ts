import { expect } from 'chai'
import { api, ours } from '../api.ts'
import { expectEmpty, expectFailure, listed } from '../reply.ts'

const READ = 'path "sys/mounts" { capabilities = ["read"] }'
const DENIED = listed('permission denied')

describe('policies', () => {
  const { ask, get, put, ssh, mount, delete: remove } = api()
  let count = 0

  /** A token with a policy of this text, and no other. */
  async function holder(policy: string): Promise<string> {
    const name = `p-${mount}-${++count}`
    expectEmpty(await put(`sys/policies/acl/${name}`, { policy }))
    const { body } = await put('auth/token/create', { policies: [name], no_default_policy: true })
    expect(body.auth.policies).to.deep.equal([name])
    return body.auth.client_token
  }

  describe('as they decide', () => {
    before(async () => {
      const role = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }
      expectEmpty(await ssh('roles/otp1', role))
    })

    const creds = (token: string, data: object = {}) =>
      ssh('creds/otp1', { ip: '10.1.2.3', ...data }, token)

    for (const [why, rules, status] of [
      ['only creating is allowed', [['creds/*', 'create']], 403],
      ['updating is allowed', [['creds/*', 'update']], 200],
      [
        'the path is denied, and its beginning allowed',
        [
          ['creds/otp1', 'deny'],
          ['creds/*', 'update'],
        ],
        403,
      ],
      [
        'the beginning is denied, and the path allowed',
        [
          ['creds/*', 'deny'],
          ['creds/otp1', 'update'],
        ],
        200,
      ],
      [
        'the longer beginning is denied',
        [
          ['*', 'update'],
          ['creds/*', 'deny'],
        ],
        403,
      ],
      [
        'a segment before is open',
        [
          ['+/otp1', 'update'],
          ['creds/*', 'deny'],
        ],
        403,
      ],
      [
        'a segment behind is open',
        [
          ['creds/*', 'deny'],
          ['creds/+', 'update'],
        ],
        200,
      ],
    ] as const)
      it(`answer ${status} where ${why}`, async () => {
        const stanzas = rules.map(
          ([path, capability]) => `path "${mount}/${path}" { capabilities = ["${capability}"] }`,
        )
        const answer = await creds(await holder(stanzas.join('\n')))
        if (status === 200) expect(answer.status, answer.text).to.equal(200)
        else expectFailure(answer, 403, DENIED)
      })

    it('let only certain values be sent', async () => {
      const token = await holder(`path "${mount}/creds/otp1" {
        capabilities = ["update"]
        allowed_parameters = { "ip" = ["10.1.2.3"] "username" = ["ubuntu"] }
      }`)
      expect((await creds(token)).status).to.equal(200)
      expect((await creds(token, { username: 'ubuntu' })).status).to.equal(200)
      expectFailure(await creds(token, { ip: '10.1.2.4' }), 403, DENIED)
      expectFailure(await creds(token, { more: 1 }), 403, DENIED)
    })

    it('change from the next request on', async () => {
      const token = await holder(READ)
      const name = `p-${mount}-${count}`
      expect((await get('sys/mounts', token)).status).to.equal(200)
      expectEmpty(await put(`sys/policies/acl/${name}`, { policy: '# nothing' }))
      expectFailure(await get('sys/mounts', token), 403, DENIED)
      expectEmpty(await remove(`sys/policies/acl/${name}`))
      expectFailure(await get('sys/mounts', token), 403, DENIED)
    })

    it('deny what is not there before anything else is said of it', async () => {
      const token = await holder(READ)
      expectFailure(await get('nope', token), 403, DENIED)
      expectFailure(await get(`${mount}/nope`, token), 403, DENIED)
      expectFailure(await get('nope', ''), 403, 'permission denied')
      expectFailure(await get('nope', 'hvs.nobody'), 403, 'permission denied')
      expectFailure(await get('nope'), 404, 'no handler for route "nope". route entry not found.')
      expectFailure(await get(`${mount}/nope`), 404, listed('unsupported path'))
    })

    it('list a folder by the right to its path, with or without a slash', async () => {
      for (const path of ['roles', 'roles/', 'role*', '+']) {
        const token = await holder(`path "${mount}/${path}" { capabilities = ["list"] }`)
        const { status } = await ask('LIST', `${mount}/roles`, { token })
        expect(status, path).to.equal(200)
      }
    })

    it('tell making a role of tokens from changing it', async () => {
      const [create, update] = [
        await holder('path "auth/token/roles/*" { capabilities = ["create"] }'),
        await holder('path "auth/token/roles/*" { capabilities = ["update"] }'),
      ]
      expectFailure(await put('auth/token/roles/new', { orphan: true }, update), 403, DENIED)
      expectEmpty(await put('auth/token/roles/new', { orphan: true }, create))
      expectFailure(await put('auth/token/roles/new', { orphan: false }, create), 403, DENIED)
      expectEmpty(await put('auth/token/roles/new', { orphan: false }, update))
      expectEmpty(await remove('auth/token/roles/new'))
    })

    ours('let a token give back what it was given, and nothing else', async () => {
      const token = await holder(`path "${mount}/creds/*" { capabilities = ["update"] }`)
      const lease = async (of?: string) =>
        (await ssh('creds/otp1', { ip: '10.1.2.3' }, of)).body.lease_id
      const [own, other] = [await lease(token), await lease()]
      expectFailure(await put('sys/leases/revoke', { lease_id: other }, token), 403, DENIED)
      expectFailure(await put(`sys/leases/revoke/${other}`, {}, token), 403, DENIED)
      for (const lease_id of ['', [other], null])
        expectFailure(await put('sys/leases/revoke', { lease_id }, token), 403, DENIED)
      expectFailure(await put('sys/leases/revoke', {}, token), 403, DENIED)
      expectEmpty(await put('sys/leases/revoke', { lease_id: own }, token))
      expectFailure(await put('sys/leases/lookup', { lease_id: own }), 400, 'invalid lease')
      const again = await lease(token)
      expectEmpty(await put(`sys/leases/revoke/${again}`, undefined, token))
      expect((await put('sys/leases/lookup', { lease_id: other })).status).to.equal(200)
    })

    ours('let a token give back what has ended, unless they deny it', async () => {
      const give = (lease_id: string, token: string) =>
        put('sys/leases/revoke', { lease_id }, token)
      const token = await holder(`path "${mount}/creds/*" { capabilities = ["update"] }
        path "sys/*" { capabilities = ["read", "list"] }`)
      const { lease_id: used, data } = (await creds(token)).body
      expect((await ssh('verify', { otp: data.key }, '')).status).to.equal(200)
      for (const id of [used, 'no/such']) {
        expectEmpty(await give(id, token))
        expectEmpty(await put(`sys/revoke/${id}`, undefined, token))
        expectFailure(await give(id, 'hvs.nobody'), 403, 'permission denied')
        expectFailure(await give(id, ''), 403, 'permission denied')
      }
      const denied = await holder('path "sys/leases/*" { capabilities = ["deny"] }')
      expectFailure(await give(used, denied), 403, DENIED)
    })

    ours('can deny even that', async () => {
      const token = await holder(`path "${mount}/creds/*" { capabilities = ["update"] }
        path "sys/leases/revoke*" { capabilities = ["deny"] }`)
      const { lease_id: id } = (await creds(token)).body
      expectFailure(await put('sys/leases/revoke', { lease_id: id }, token), 403, DENIED)
    })

    it('let only root ask for a header, and anybody for help', async () => {
      const token = await holder('path "*" { capabilities = ["read", "sudo"] }')
      expect((await ask('HEAD', `${mount}/roles/otp1`, { token })).status).to.equal(403)
      const nothing = await holder('# nothing')
      expect((await get(`${mount}/roles/otp1?help=1`, nothing)).status).to.equal(200)
    })
  })

  describe('for what only administrators may do', () => {
    // OpenBao says that the token is missing before it looks at sudo
    for (const [verb, path] of [
      ['GET', 'sys/audit'],
      ['PUT', 'sys/audit/x'],
      ['DELETE', 'sys/audit/x'],
      ['PUT', 'sys/rotate'],
      ['PUT', 'sys/seal'],
      ['GET', 'sys/leases'],
      ['LIST', 'sys/leases/lookup/x'],
      ['PUT', 'sys/leases/revoke-prefix/x'],
      ['PUT', 'sys/leases/revoke-force/x'],
      ['PUT', 'sys/revoke-prefix/x'],
      ['PUT', 'sys/revoke-force/x'],
      ['LIST', 'auth/token/accessors'],
      ['PUT', 'auth/token/revoke-orphan'],
    ] as const)
      (path === 'auth/token/revoke-orphan' ? ours : it)(
        `want sudo for ${verb} ${path}`,
        async () => {
          const all = '"create", "read", "update", "delete", "list"'
          const token = await holder(`path "*" { capabilities = [${all}] }`)
          expectFailure(await ask(verb, path, { token }), 403, DENIED)
          const only = await holder('path "*" { capabilities = ["sudo"] }')
          expectFailure(await ask(verb, path, { token: only }), 403, DENIED)
          // that one would be obeyed
          if (path === 'sys/seal' || path === 'sys/rotate') return
          const administrator = await holder(`path "*" { capabilities = [${all}, "sudo"] }`)
          expect((await ask(verb, path, { token: administrator })).status).to.not.equal(403)
        },
      )
  })

  it('are counted against the uses of a token also when they deny', async () => {
    const limited = (await put('auth/token/create', { policies: ['default'], num_uses: 2 })).body
      .auth.client_token
    expectFailure(await get('sys/mounts', limited), 403, DENIED)
    expectFailure(await get('sys/mounts', limited), 403, DENIED)
    expectFailure(await get('auth/token/lookup-self', limited), 403, 'permission denied')
  })
})
