import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { endpoint } from '../../../../engine/api/endpoint.ts'
import type { Engine } from '../../../../engine/api/engine.ts'
import { ApiError } from '../../../../engine/api/errors.ts'
import type { Operation } from '../../../../engine/api/request.ts'
import { throttle } from '../../../../engine/core/request/throttle.ts'
import { Limits } from '../../../../engine/limit/limits.ts'
import { boolean } from '../../../../shared/field.ts'
import { Secret } from '../../../../shared/secret.ts'
import { testEngine } from '../../../support/test-engine.ts'

async function front(limits = new Limits(), engines: readonly Engine[] = []) {
  const made = await testEngine({ limits, engines })
  await made.post('ssh/roles/web', {
    key_type: 'otp',
    default_user: 'ubuntu',
    cidr_list: '10.0.0.0/8',
  })
  const ask = (
    operation: Operation,
    path: string,
    data: object = {},
    address = '192.0.2.1',
    token = 'root',
  ) => {
    const request = {
      id: randomUUID(),
      operation,
      path,
      data: { ...data },
      token: token === '' ? undefined : new Secret(token),
      client: { address, port: 1 },
      correlation: undefined,
      wrapTtl: undefined,
    }
    return throttle(made.core, { ...request, read: async () => request })
  }
  return { ...made, ask }
}

describe('throttle', () => {
  it('refuses a source that makes more requests than its quota, and says when to come back', async () => {
    const { ask } = await front()
    const quota = { path: 'ssh/verify', rate: 3, interval: '10s' }
    expect((await ask('update', 'sys/quotas/rate-limit/v', quota)).status).to.equal(204)
    const answers = []
    for (let each = 0; each < 4; each++) answers.push(await ask('update', 'ssh/verify', {}))
    expect(answers.map(({ status }) => status)).to.deep.equal([400, 400, 400, 429])
    expect(answers.at(-1)).to.deep.include({
      body: { errors: ['request path "ssh/verify": rate limit quota exceeded'] },
      headers: { 'Retry-After': '4' },
    })
    expect((await ask('update', 'ssh/verify', {}, '192.0.2.2')).status).to.equal(400)
    expect((await ask('read', 'sys/quotas/rate-limit/v')).body).to.deep.nested.include({
      data: {
        type: 'rate-limit',
        name: 'v',
        path: 'ssh/verify',
        rate: 3,
        interval: 10,
        block_interval: 0,
        role: '',
        inheritable: false,
      },
    })
    await ask('delete', 'sys/quotas/rate-limit/v')
    expect((await ask('update', 'ssh/verify', {})).status).to.equal(400)
    expect((await ask('list', 'sys/quotas/rate-limit/')).status).to.equal(404)
  })

  it('charges for a refusal for load only who has more than its share', async () => {
    const crowded = endpoint({
      path: 'crowded',
      access: 'public',
      summary: '',
      description: '',
      fields: { charged: boolean({ default: false, description: '' }) },
      operations: {
        async read({ charged }) {
          throw new ApiError('busy', 'too many', { retryAfter: 1, charged })
        },
      },
    })
    const engine: Engine = {
      ...{ type: 'crowded', mountable: 'mounts', description: '' },
      endpoints: [crowded],
    }
    const { ask } = await front(new Limits(() => 0), [engine])
    await ask('update', 'sys/mounts/crowded', { type: 'crowded' })
    const statuses = async (charged: boolean, address: string) => {
      const answers = []
      for (let each = 0; each < 200; each++)
        answers.push((await ask('read', 'crowded/crowded', { charged }, address)).status)
      return new Set(answers)
    }
    expect([...(await statuses(false, '192.0.2.7'))]).to.deep.equal([503])
    expect([...(await statuses(true, '192.0.2.8'))]).to.deep.equal([503, 429])
  })

  it('lets who may undo a quota that keeps everybody out', async () => {
    const { ask } = await front()
    for (const [name, path] of [
      ['all', ''],
      ['sys', 'sys'],
      ['quotas', 'sys/quotas/rate-limit'],
    ] as const) {
      const quota = { path, rate: 0.001, block_interval: '1h' }
      expect((await ask('update', `sys/quotas/rate-limit/${name}`, quota)).status).to.equal(204)
    }
    for (const status of [200, 429, 429])
      expect((await ask('read', 'auth/token/lookup-self')).status).to.equal(status)
    expect((await ask('list', 'sys/quotas/rate-limit/')).body).to.deep.nested.include({
      'data.keys': ['all', 'quotas', 'sys'],
    })
    expect((await ask('read', 'sys/generate-root/attempt')).status).to.equal(200)
    expect((await ask('read', 'sys/mounts')).status).to.equal(200)
    expect((await ask('read', 'sys/mounts')).status).to.equal(429)
    for (const name of ['quotas', 'sys', 'all'])
      expect((await ask('delete', `sys/quotas/rate-limit/${name}`)).status).to.equal(204)
    expect((await ask('read', 'sys/mounts')).status).to.equal(200)
  })

  for (const [rate, interval, message] of [
    ['x', 1, "'rate' is invalid"],
    [0, 1, "'rate' is invalid"],
    [-1, 1, "'rate' is invalid"],
    [1, 0, "'interval' is invalid"],
  ] as const)
    it(`refuses a quota of ${rate} in ${interval}`, async () => {
      const { ask } = await front()
      expect(await ask('update', 'sys/quotas/rate-limit/v', { rate, interval })).to.deep.equal({
        status: 400,
        body: { errors: [message] },
      })
    })

  it('limits a source of refused requests without a token, and no other', async () => {
    const { ask } = await front()
    const read = async (address: string) =>
      (await ask('read', 'ssh/public_key', {}, address)).status
    const answers = []
    for (let each = 0; each < 200; each++) answers.push(await read('192.0.2.1'))
    expect(answers.slice(0, 50)).to.deep.equal(Array(50).fill(404))
    expect(answers).to.include(429)
    expect(await read('192.0.2.2')).to.equal(404)
  })

  describe('after a thousand refusals for want of a good token', () => {
    const refusals = async (ask: Awaited<ReturnType<typeof front>>['ask'], token: string) => {
      for (let each = 0; each < 1000; each++)
        expect((await ask('read', `nowhere/${each}`, {}, '192.0.2.1', token)).status).to.equal(403)
    }

    const stopped = () => front(new Limits(() => 0))

    it('turns a source away that has none, whatever it asks for', async () => {
      const { ask } = await stopped()
      await refusals(ask, '')
      for (const [path, token] of [
        ['sys/mounts', ''],
        ['nowhere', ''],
        ['sys/mounts', 'wrong'],
        ['sys/internal/ui/mounts/ssh', ''],
      ] as const) {
        const { status, headers } = await ask('read', path, {}, '192.0.2.1', token)
        expect([status, headers]).to.deep.equal([429, { 'Retry-After': '1' }])
      }
      expect((await ask('read', 'sys/mounts', {}, '192.0.2.2', 'wrong')).status).to.equal(403)
    })

    it('still serves who has one, and redeems passwords', async () => {
      const { ask, post } = await stopped()
      await refusals(ask, 'wrong')
      expect((await ask('read', 'sys/mounts')).status).to.equal(200)
      const { body } = await post('ssh/creds/web', { ip: '10.0.0.1' })
      const { status } = await ask('update', 'ssh/verify', { otp: body.data.key }, '192.0.2.1', '')
      expect(status).to.equal(200)
    })
  })

  it('counts refusals where a token is optional among those for want of one', async () => {
    const { ask } = await front(new Limits(() => 0))
    const path = 'sys/internal/ui/mounts/ssh'
    for (let each = 0; each < 1000; each++)
      expect((await ask('read', path, {}, '192.0.2.1', '')).status).to.equal(403)
    expect((await ask('read', path, {}, '192.0.2.1', '')).status).to.equal(429)
    expect((await ask('update', 'ssh/verify', { otp: 'x' }, '192.0.2.1', '')).status).to.equal(400)
  })

  it('does not count refusals of authenticated callers as unauthenticated', async () => {
    const { ask, post } = await front()
    const { body } = await post('auth/token/create', { policies: ['default'] })
    const token = body.auth.client_token
    for (let each = 0; each < 1200; each++)
      expect((await ask('read', 'sys/mounts', {}, '192.0.2.1', token)).status).to.equal(403)
  })

  it('counts what it answers, and what became of passwords', async () => {
    const { ask } = await front()
    const issue = async () => {
      const { body } = await ask('update', 'ssh/creds/web', { ip: '10.0.0.1' })
      return (body as { data: { key: string } }).data.key
    }
    const otp = await issue()
    await issue()
    await ask('update', 'ssh/verify', { otp, username: 'root' })
    await ask('update', 'ssh/verify', { otp })
    await ask('update', 'ssh/verify', { otp })
    await ask('read', 'ssh/no-such-path')
    await ask('read', 'ssh/krl')
    const { body } = await ask('read', 'sys/metrics')
    const lines = String(body).split('\n')
    expect(lines.filter(line => /^postern_(events|requests)_total/.test(line))).to.have.members([
      'postern_events_total{event="otp_issued",reason=""} 2',
      'postern_events_total{event="otp_refused",reason="other username"} 1',
      'postern_events_total{event="otp_verified",reason=""} 1',
      'postern_events_total{event="otp_refused",reason="replay"} 1',
      'postern_events_total{event="krl_fetched",reason="new"} 1',
      'postern_requests_total{mount="ssh/",type="ssh",path="krl",operation="read",status="200"} 1',
      'postern_requests_total{mount="ssh/",type="ssh",path="creds/:role",operation="update",status="200"} 2',
      'postern_requests_total{mount="ssh/",type="ssh",path="verify",operation="update",status="400"} 2',
      'postern_requests_total{mount="ssh/",type="ssh",path="verify",operation="update",status="200"} 1',
      'postern_requests_total{mount="ssh/",type="ssh",path="",operation="read",status="404"} 1',
    ])
    expect(lines).to.include('postern_leases 1')
    expect(lines).to.include('postern_krl_version{mount="ssh/"} 0')
    expect(lines.join('\n')).to.match(/^postern_krl_fetched_timestamp_seconds\{mount="ssh\/"\} \d/m)
    expect(lines.some(line => line.startsWith('nodejs_eventloop_lag_seconds '))).to.equal(true)
  })

  it('counts what it could not even read, or write down', async () => {
    const { core } = await front()
    const request = {
      ...({ id: randomUUID(), operation: 'update', path: 'ssh/verify', token: undefined } as const),
      ...{ client: { address: '192.0.2.1', port: 1 }, correlation: undefined, wrapTtl: undefined },
    }
    for (const error of [new ApiError('invalid', 'no JSON'), new Error('no log')]) {
      const answer = throttle(core, { ...request, read: async () => Promise.reject(error) })
      expect(await answer.catch(thrown => thrown)).to.equal(error)
    }
    const text = await core.metrics.text()
    for (const status of [400, 500])
      expect(text).to.include(
        `postern_requests_total{mount="ssh/",type="ssh",path="verify",operation="update",status="${status}"} 1`,
      )
  })

  it('counts what was done for the plots of this process', async () => {
    const { ask, core } = await front()
    expect((await ask('update', 'sys/auth/userpass', { type: 'userpass' })).status).to.equal(204)
    await ask('update', 'auth/userpass/users/ann', { password: 'correct horse' })
    for (const password of ['correct horse', 'wrong'])
      await ask('update', 'auth/userpass/login/ann', { password }, '192.0.2.1', '')
    const { body } = await ask('update', 'ssh/creds/web', { ip: '10.0.0.5' })
    const { key: otp } = (body as { data: { key: string } }).data
    for (let times = 0; times < 2; times++) await ask('update', 'ssh/verify', { otp })
    core.activity.sample(new Date())
    expect(core.activity.since('')[0]).to.deep.include({
      ...{ requests: 7, errors: 0, logins: 1, logins_failed: 1 },
      ...{ otp_issued: 1, otp_verified: 1, otp_refused: 1 },
    })
  })
})
