import { expect } from 'chai'
import { api, ours } from './api.ts'
import { expectEmpty } from './reply.ts'

const BATCH = 'batch tokens are not supported'
const STRICT =
  "'token_strictly_bind_ip' is not supported: name the addresses in 'token_bound_cidrs'"
const WHOLE = 'a quota applies to each address and a whole path'

describe('settings that would count for nothing', () => {
  const { put, get, mount, delete: remove } = api()
  const quota = `sys/quotas/rate-limit/${mount}`

  const AUTH = ['approle', 'jwt', 'userpass'] as const
  const auth = (type: string) => `${mount}-${type}`
  beforeEach(async () => {
    for (const type of AUTH) await put(`sys/auth/${auth(type)}`, { type })
  })
  afterEach(async () => {
    for (const type of AUTH) await remove(`sys/auth/${auth(type)}`)
    for (const each of [mount, `${mount}-2`]) await remove(`sys/quotas/rate-limit/${each}`)
    await remove(`identity/group/name/${mount}`)
  })

  const JWT = { role_type: 'jwt', user_claim: 'sub', bound_audiences: 'a' }
  const KEY = { jwks_url: 'http://127.0.0.1:1' }
  const REFUSED: readonly (readonly [string, object, string])[] = [
    ['auth/token/create', { type: 'batch' }, BATCH],
    [
      'auth/token/create',
      { type: 'x' },
      `invalid 'token_type' value "x": tokens are of type "service"`,
    ],
    [`auth/token/roles/${mount}`, { token_type: 'batch' }, BATCH],
    [`auth/token/roles/${mount}`, { token_type: 'default-batch' }, BATCH],
    [`auth/${auth('userpass')}/users/u`, { password: 'p', token_type: 'batch' }, BATCH],
    [`auth/${auth('approle')}/role/r`, { token_type: 'default-batch' }, BATCH],
    [`auth/${auth('jwt')}/role/r`, { ...JWT, token_type: 'batch' }, BATCH],
    [
      `auth/${auth('jwt')}/role/r`,
      { ...JWT, verbose_oidc_logging: true },
      "'verbose_oidc_logging' is not supported: it would write tokens into the log",
    ],
    [
      `auth/${auth('jwt')}/role/r`,
      { ...JWT, max_age: 60 },
      "'max_age' is not supported: let the provider decide how old a login may be",
    ],
    [
      `auth/${auth('jwt')}/role/r`,
      { ...JWT, token_policies_template_claims: true },
      "'token_policies_template_claims' is not supported: give policies to groups",
    ],
    [
      `auth/${auth('jwt')}/role/r`,
      { ...JWT, callback_mode: 'direct' },
      'the \'callback_mode\' "direct" is not supported: use "client" or "device"',
    ],
    [
      `auth/${auth('jwt')}/role/r`,
      { ...JWT, oidc_disable_confirmation: true },
      "'oidc_disable_confirmation' is for the 'callback_mode' \"direct\", which is not supported",
    ],
    [`auth/${auth('jwt')}/role/r`, { ...JWT, token_strictly_bind_ip: true }, STRICT],
    [`auth/${auth('approle')}/role/r`, { token_strictly_bind_ip: true }, STRICT],
    [`auth/${auth('userpass')}/users/u`, { password: 'p', token_strictly_bind_ip: 'true' }, STRICT],
    [
      `auth/${auth('jwt')}/config`,
      { ...KEY, provider_config: { provider: 'azure' } },
      "'provider_config' is not supported: groups are taken from the token",
    ],
    [
      `auth/${auth('jwt')}/config`,
      { ...KEY, oidc_response_types: ['code', 'id_token'] },
      'invalid response_types ["id_token"]: only "code"',
    ],
    [quota, { path: 'auth/x', rate: 1, role: 'ci' }, `'role' is not supported: ${WHOLE}`],
    [
      quota,
      { rate: 1, group_by: 'entity_then_ip' },
      `'group_by' other than "ip" is not supported: ${WHOLE}`,
    ],
    [quota, { rate: 1, secondary_rate: 2 }, `'secondary_rate' is not supported: ${WHOLE}`],
    ['identity/group', { name: mount, member_entity_ids: ['nope'] }, 'invalid entity ID "nope"'],
    [
      'identity/group',
      { name: mount, member_group_ids: ['nope'] },
      'invalid member group ID "nope"',
    ],
  ]
  for (const [path, body, message] of REFUSED)
    ours(`are refused: ${path.replace(mount, '…')} ${JSON.stringify(body)}`, async () => {
      const answer = await put(path, body)
      expect([answer.status, answer.body.errors]).to.deep.equal([400, [message]])
    })

  ours(
    'are refused where two quotas are for one path, but a quota may be written again',
    async () => {
      expectEmpty(await put(quota, { path: `${mount}/`, rate: 10 }))
      expectEmpty(await put(quota, { path: mount, rate: 20, inheritable: false }))
      const other = await put(`${quota}-2`, { path: `${mount}/`, rate: 5 })
      expect([other.status, other.body.errors]).to.deep.equal([
        400,
        [`quota rule with similar properties exists under the name "${mount}"`],
      ])
      expect((await get(quota)).body.data).to.include({ rate: 20, inheritable: false, path: mount })
    },
  )

  it('are what a client takes for granted, where it leaves them out', async () => {
    const of = `sys/quotas/rate-limit/default-${mount}`
    expectEmpty(await put(of, { path: 'cubbyhole/', rate: 1e9 }))
    expect((await get(of)).body.data).to.include({ inheritable: false, path: 'cubbyhole/' })
    expectEmpty(await put(of, { rate: 1e9 }))
    expect((await get(of)).body.data).to.include({ inheritable: true, path: '' })
    expectEmpty(await remove(of))
  })

  it('are kept and shown where a client compares them', async () => {
    const role = `auth/token/roles/${mount}`
    await put(role, { token_type: 'service' })
    await put(role, { orphan: true })
    expect((await get(role)).body.data.token_type).to.equal('service')
    const approle = `auth/${auth('approle')}/role/r`
    await put(approle, { local_secret_ids: true })
    await put(approle, { token_ttl: '1h' })
    expect((await get(approle)).body.data).to.include({ local_secret_ids: true, token_ttl: 3600 })
    const changed = await put(approle, { local_secret_ids: false })
    expect([changed.status, changed.body.errors]).to.deep.equal([
      400,
      ['local_secret_ids can only be modified during role creation'],
    ])
    await remove(role)
  })

  it('leave the members of a group as they were when one is unknown', async () => {
    const { id } = (await put('identity/entity', { name: mount })).body.data
    await put('identity/group', { name: mount, member_entity_ids: [id] })
    await put(`identity/group/name/${mount}`, { member_entity_ids: [id, 'nope'] })
    const { data } = (await get(`identity/group/name/${mount}`)).body
    expect(data.member_entity_ids).to.deep.equal([id])
    await remove(`identity/entity/id/${id}`)
  })

  ours('are paths of identity/oidc, too', async () => {
    for (const path of ['identity/oidc/key/k', 'identity/oidc/provider/p/token'])
      for (const { status, body } of [await get(path), await put(path, { name: 'k' })])
        expect([status, body.errors]).to.deep.equal([
          400,
          [
            'identity tokens and OpenID Connect providers (identity/oidc) are not supported: SSH logins need neither',
          ],
        ])
  })

  it('keep every character of a display name that stands for another', async () => {
    const { client_token } = (await put('auth/token/create', { display_name: 'My Token++ Name!' }))
      .body.auth
    const { data } = (await put('auth/token/lookup', { token: client_token })).body
    expect(data.display_name).to.equal('token-My-Token---Name')
  })
})
