import { expect } from 'chai'
import { api, differs, ours } from '../api.ts'
import { expectEmpty } from '../reply.ts'

const HEADERS = {
  passthrough_request_headers: ['X-Custom-Header'],
  allowed_response_headers: ['X-Custom-Response-Header'],
}
const KEYS = {
  audit_non_hmac_request_keys: ['ip', 'username'],
  audit_non_hmac_response_keys: ['key_type'],
}

describe('settings of mounts', () => {
  const { put, get, delete: remove, mount } = api()
  const secrets = `sys/mounts/${mount}-other`
  const method = `sys/auth/${mount}`
  afterEach(async () => {
    await remove(secrets)
    await remove(method)
  })

  for (const [path, type] of [
    [secrets, 'ssh'],
    [method, 'userpass'],
  ] as const)
    it(`count from the beginning where they are given with a new ${type} mount`, async () => {
      const config = { ...HEADERS, ...KEYS, listing_visibility: 'unauth' }
      expectEmpty(await put(path, { type, config }))
      const shown = { ...HEADERS, ...KEYS, listing_visibility: 'unauth' }
      expect((await get(`${path}/tune`)).body.data).to.deep.include(shown)
      expect((await get(path)).body.data.config).to.deep.include(shown)
      const { data } = (await get('sys/internal/ui/mounts', '')).body
      const shownToStrangers = { ...data.secret, ...data.auth }[
        `${path.split('/').slice(2).join('/')}/`
      ]
      expect(shownToStrangers).to.have.all.keys('type', 'description', 'options')
    })

  it('are kept when they are tuned, and stay when others are', async () => {
    await put(method, { type: 'approle' })
    expectEmpty(await put(`${method}/tune`, { ...HEADERS, token_type: 'service' }))
    expectEmpty(await put(`${method}/tune`, { description: 'x', token_type: '' }))
    expect((await get(`${method}/tune`)).body.data).to.deep.include({
      ...HEADERS,
      ...{ description: 'x', token_type: differs('service', 'default-service') },
    })
    await put(`${method}/tune`, { passthrough_request_headers: [], allowed_response_headers: '' })
    expect((await get(`${method}/tune`)).body.data).not.to.have.any.keys(Object.keys(HEADERS))
  })

  const REFUSED: readonly (readonly [string, object, RegExp])[] = [
    ['batch tokens', { token_type: 'batch' }, /^batch tokens are not supported$/],
    ['batch tokens', { token_type: 'default-batch' }, /^batch tokens are not supported$/],
    ['an unknown type of tokens', { token_type: 'x' }, /^invalid 'token_type' value "x"/],
    ['an unknown visibility', { listing_visibility: 'all' }, /^listing_visibility must be/],
    ['managed keys', { allowed_managed_keys: ['k'] }, /^"allowed_managed_keys" is not supported$/],
    ['a version of a plugin', { plugin_version: 'v1.0.0' }, /^"plugin_version" is not supported$/],
    [
      'locks of names that machines have',
      { user_lockout_config: { lockout_threshold: '2' } },
      /^tuning of user lockout configuration for auth type "approle" not allowed$/,
    ],
  ]
  for (const [what, given, message] of REFUSED)
    ours(`are refused for ${what}: ${JSON.stringify(given)}`, async () => {
      const made = await put(method, { type: 'approle', config: given })
      expect([made.status, made.body.errors[0]]).to.satisfy(
        ([status, error]: [number, string]) => status === 400 && message.test(error),
      )
      expect((await get(method)).status).to.equal(400)
      await put(method, { type: 'approle' })
      const before = (await get(`${method}/tune`)).body.data
      const tuned = await put(`${method}/tune`, { description: 'x', ...given })
      expect([tuned.status, tuned.body.errors[0]]).to.satisfy(
        ([status, error]: [number, string]) => status === 400 && message.test(error),
      )
      expect((await get(`${method}/tune`)).body.data).to.deep.equal(before)
    })

  ours('are refused when nothing is known of them', async () => {
    const { status, body } = await put(secrets, { type: 'ssh', config: { nonsense: 1 } })
    expect([status, body.errors]).to.deep.equal([400, ['"nonsense" is not supported']])
    const secret = await put(secrets, { type: 'ssh', config: { token_type: 'service' } })
    expect(secret.body.errors).to.deep.equal(["'token_type' can only be modified on auth mounts"])
  })

  describe('that lock names after wrong passwords', () => {
    const login = (password: string) => put(`auth/${mount}/login/ann`, { password }, '')
    const statuses = async (...passwords: readonly string[]) => {
      const all: number[] = []
      for (const each of passwords) all.push((await login(each)).status)
      return all
    }
    const withLockout = async (lockout: object, path = `${method}/tune`) => {
      await put(method, { type: 'userpass' })
      await put(`auth/${mount}/users/ann`, { password: 'right' })
      expectEmpty(await put(path, { user_lockout_config: lockout }))
    }

    it('lock them as soon as they say', async () => {
      await withLockout({ lockout_threshold: '2' })
      expect(await statuses('wrong', 'wrong', 'right')).to.deep.equal([400, 400, 403])
      expect((await get(`${method}/tune`)).body.data).to.include({ user_lockout_threshold: 2 })
    })

    it('never lock them where that is off', async () => {
      await withLockout({ lockout_disable: true })
      const wrong = Array.from({ length: 6 }, () => 'wrong')
      expect(await statuses(...wrong, 'right')).to.deep.equal([...wrong.map(() => 400), 200])
    })

    ours('unlock them when they say, and keep what is not sent', async () => {
      await withLockout({ lockout_threshold: 1, lockout_duration: '1s' })
      await put(`${method}/tune`, { user_lockout_config: { lockout_counter_reset_duration: '5m' } })
      expect((await get(`${method}/tune`)).body.data).to.include({
        ...{ user_lockout_threshold: 1, user_lockout_duration: 1 },
        ...{ user_lockout_counter_reset_duration: 300, user_lockout_disable: false },
      })
      expect(await statuses('wrong', 'right')).to.deep.equal([400, 403])
      await new Promise(resolve => setTimeout(resolve, 1100))
      expect(await statuses('right')).to.deep.equal([200])
    })

    for (const [wrong, message] of [
      [
        { lockout_threshold: '-1' },
        'user_lockout_config: lockout_threshold must be a whole number',
      ],
      [{ lockout_duration: 'x' }, /^unable to parse lockout_duration of x: ./],
      [{ nonsense: 1 }, 'user_lockout_config: "nonsense" is not supported'],
    ] as const)
      ours(`are refused with ${JSON.stringify(wrong)}`, async () => {
        await put(method, { type: 'userpass' })
        const { status, body } = await put(`${method}/tune`, { user_lockout_config: wrong })
        expect(status).to.equal(400)
        if (typeof message === 'string') expect(body.errors[0]).to.equal(message)
        else expect(body.errors[0]).to.match(message)
      })
  })
})
