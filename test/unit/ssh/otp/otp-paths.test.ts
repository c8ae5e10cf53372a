import { expect } from 'chai'
import { serve } from '../../../../engine/core/request/serve.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { type Answer, testEngine } from '../../../support/test-engine.ts'

const ROLE = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8', ttl: '10m' }

/** An engine with a role, and what the tests do with it. */
async function withRole() {
  const engine = await testEngine()
  const { post, ask, core, store } = engine
  await post('ssh/roles/web', ROLE)
  const [mount] = await store.list('mount/')
  const names = (table: string) => store.list(`mount/${mount}${table}/`)
  return {
    ...engine,
    async issue(token?: string) {
      const { body } = await post('ssh/creds/web', { ip: '10.0.0.5' }, token)
      return { otp: body.data.key as string, lease: body.lease_id as string }
    },
    verify: (otp: string, more: object = {}) =>
      ask('update', 'ssh/verify', { otp, ...more }, '', {
        id: 'c7e5b7a0-0000-4000-8000-000000000001',
        correlation: 'login-1',
        client: { address: '10.0.0.5', port: 4242 },
      }),
    state: (lease: string, token?: string) => post('ssh/otp', { lease_id: lease }, token),
    names,
    async token(data: object = {}) {
      const { body } = await post('auth/token/create', { policies: ['default'], ...data })
      return body.auth.client_token as string
    },
    async maintain() {
      for (const each of core.mounts.all) {
        const work = core.mounts.engineOf(each)?.maintain
        if (!work) continue
        await transact(store, async tx =>
          work({ tx: core.mounts.scope(tx, each), now: core.now(), mount: core.mounts.view(each) }),
        )
      }
    },
  }
}

const LOGIN = { role: 'web', username: 'ubuntu', ip: '10.0.0.5' }
const BY = {
  client_address: '10.0.0.5',
  request_id: 'c7e5b7a0-0000-4000-8000-000000000001',
  correlation_id: 'login-1',
}
const NOT_FOUND = { status: 400, body: { errors: ['OTP not found'] } }

describe('The state of a one-time password', () => {
  it('is waiting, then used, with who used it', async () => {
    const { issue, verify, state, pass } = await withRole()
    const { otp, lease } = await issue()
    expect((await state(lease)).body.data).to.deep.equal({
      ...LOGIN,
      expire_time: '2026-01-01T00:10:00.000Z',
      state: 'waiting',
    })
    pass(5)
    expect((await verify(otp)).status).to.equal(200)
    expect((await state(lease)).body.data).to.deep.equal({
      ...LOGIN,
      expire_time: '2026-01-01T00:10:00.000Z',
      state: 'used',
      time: '2026-01-01T00:00:05.000Z',
      ...BY,
    })
  })

  it('shows a second use as a replay, which is answered as an unknown password is', async () => {
    const { issue, verify, state, pass } = await withRole()
    const { otp, lease } = await issue()
    await verify(otp)
    pass(7)
    const { status, body } = await verify(otp)
    expect({ status, body }).to.deep.equal(NOT_FOUND)
    const { data } = (await state(lease)).body
    expect([data.state, data.replays, data.last_replay]).to.deep.equal([
      'used',
      1,
      { time: '2026-01-01T00:00:07.000Z', ...BY },
    ])
    // many within a second are one
    for (let time = 0; time < 5; time++) await verify(otp)
    expect((await state(lease)).body.data.replays).to.equal(1)
    for (let time = 0; time < 20; time++) {
      pass(1)
      expect(await verify(otp, { username: 'other' })).to.deep.equal(NOT_FOUND)
    }
    expect((await state(lease)).body.data.replays).to.equal(10)
  })

  it('is refused where the engine refused it, and used if it was used after that', async () => {
    const { issue, verify, state } = await withRole()
    const { otp, lease } = await issue()
    await verify(otp, { username: 'root' })
    const { data } = (await state(lease)).body
    expect([data.state, data.reason, data.client_address, data.misses_left]).to.deep.equal([
      'refused',
      'OTP was issued for another username',
      '10.0.0.5',
      4,
    ])
    await verify(otp)
    const after = (await state(lease)).body.data
    expect([after.state, after.misses, after.misses_left]).to.deep.equal(['used', 1, 0])
  })

  it('is refused for good at the fifth miss', async () => {
    const { issue, verify, state } = await withRole()
    const { otp, lease } = await issue()
    for (let time = 0; time < 5; time++) await verify(otp, { ip: '10.0.0.6' })
    expect(await verify(otp)).to.deep.equal(NOT_FOUND)
    const { data } = (await state(lease)).body
    expect([data.state, data.reason, data.misses_left, data.replays]).to.deep.equal([
      'refused',
      'OTP was issued for another ip',
      0,
      undefined,
    ])
  })

  it('is revoked, or expired, for at least a minute', async () => {
    const { post, issue, verify, state, pass, maintain } = await withRole()
    const [one, two] = [await issue(), await issue()]
    await post('sys/leases/revoke', { lease_id: one.lease })
    expect((await state(one.lease)).body.data.state).to.equal('revoked')
    expect(await verify(one.otp)).to.deep.equal(NOT_FOUND)
    pass(600)
    expect((await state(two.lease)).body.data.state).to.equal('expired')
    // its lease has not been ended yet
    expect(await verify(two.otp)).to.deep.equal(NOT_FOUND)
    await post('sys/leases/revoke', { lease_id: two.lease })
    await maintain()
    expect((await state(two.lease)).body.data.state).to.equal('expired')
    expect((await state(one.lease)).status).to.equal(404)
    pass(60)
    await maintain()
    expect((await state(two.lease)).status).to.equal(404)
  })

  it('is told the token that requested the password, and those of its entity, without a policy', async () => {
    const { post, issue, verify, state, token } = await withRole()
    await post('sys/policies/acl/web', {
      policy: 'path "ssh/creds/web" { capabilities = ["update"] }',
    })
    await post('sys/auth/userpass', { type: 'userpass' })
    for (const user of ['ann', 'bob'])
      await post(`auth/userpass/users/${user}`, { password: 'hunter22', policies: 'web' })
    const login = async (user: string) => {
      const { body } = await post(`auth/userpass/login/${user}`, { password: 'hunter22' }, '')
      return body.auth.client_token as string
    }
    const [own, later, other] = [await login('ann'), await login('ann'), await login('bob')]
    const { otp, lease } = await issue(own)
    const asked = async (by: string) => (await state(lease, by)).status
    const all = [own, later, other, await token()]
    expect(await Promise.all(all.map(asked))).to.deep.equal([200, 200, 403, 403])
    await verify(otp)
    expect(await Promise.all(all.map(asked))).to.deep.equal([200, 200, 403, 403])
    // without an entity it is that token alone
    const bare = await token({ policies: ['web'], no_default_policy: true })
    const second = await issue(bare)
    expect((await state(second.lease, bare)).status).to.equal(200)
    expect((await state(second.lease, await token({ policies: ['web'] }))).status).to.equal(403)
    await post('sys/policies/acl/web', {
      policy:
        'path "ssh/creds/web" { capabilities = ["update"] }\npath "ssh/otp" { capabilities = ["deny"] }',
    })
    expect((await state(second.lease, bare)).status).to.equal(403)
  })

  it('is told nobody without a token, and of nothing else', async () => {
    const { issue, state } = await withRole()
    const { lease } = await issue()
    expect((await state(lease, '')).status).to.equal(403)
    expect((await state('')).body.errors).to.deep.equal(['lease_id must be specified'])
    for (const wrong of [
      'ssh/creds/web/abc',
      `other/${lease}`,
      `${lease}0`,
      lease.slice(lease.lastIndexOf('/') + 1),
      `ssh/creds/web/${'0'.repeat(24)}`,
      `ssh/creds/web/${'f'.repeat(24)}`,
    ])
      expect([wrong, (await state(wrong)).status]).to.deep.equal([wrong, 404])
  })

  it('leaves one key more than without, until the lease would have ended', async () => {
    const { issue, verify, names, pass, maintain, store } = await withRole()
    const { otp } = await issue()
    await verify(otp)
    expect(await store.list('lease/id/')).to.deep.equal([])
    expect([(await names('otp')).length, (await names('otp-due')).length]).to.deep.equal([1, 1])
    pass(599)
    await maintain()
    expect((await names('otp')).length).to.equal(1)
    pass(2)
    await maintain()
    expect([await names('otp'), await names('otp-due')]).to.deep.equal([[], []])
  })

  it('of one that an older version issued is not told, and it works once', async () => {
    const { issue, verify, state, names, store, core } = await withRole()
    const { otp, lease } = await issue()
    const [mount] = await store.list('mount/')
    const [name] = await names('otp')
    const key = `mount/${mount}otp/${name}`
    await transact(core.store, async tx => {
      const { issuer: _, ...older } = JSON.parse(Buffer.from((await tx.get(key))!).toString())
      tx.put(key, Buffer.from(JSON.stringify(older)))
    })
    expect((await verify(otp)).status).to.equal(200)
    expect(await verify(otp)).to.deep.equal(NOT_FOUND)
    // root may read it, whoever requested it
    expect((await state(lease)).body.data.replays).to.equal(1)
  })

  it('is counted as a replay', async () => {
    const { issue, core } = await withRole()
    const { otp } = await issue()
    const events: unknown[] = []
    for (let time = 0; time < 2; time++) {
      const { event } = await serve(core, {
        ...{ id: 'id', operation: 'update', path: 'ssh/verify', data: { otp }, token: undefined },
        client: { address: '10.0.0.5', port: 1 },
        ...{ correlation: undefined, wrapTtl: undefined },
      })
      events.push(event)
    }
    expect(events).to.deep.equal([
      { name: 'otp_verified' },
      { name: 'otp_refused', reason: 'replay' },
    ])
  })
})

describe('A request that waits for a password', () => {
  const isSettled = async (answer: Promise<Answer>) =>
    (await Promise.race([answer, new Promise(resolve => setTimeout(resolve, 30, undefined))])) !==
    undefined

  it('is answered when the password is used', async () => {
    const { issue, verify, post } = await withRole()
    const { otp, lease } = await issue()
    const answer = post('ssh/otp', { lease_id: lease, wait: '25s' })
    expect(await isSettled(answer)).to.equal(false)
    await verify(otp)
    expect((await answer).body.data.state).to.equal('used')
  })

  it('is answered at once when nothing can happen any more', async () => {
    const { issue, verify, post, pass } = await withRole()
    const [used, expired] = [await issue(), await issue()]
    await verify(used.otp)
    const ask = (lease: string) => post('ssh/otp', { lease_id: lease, wait: '25s' })
    expect((await ask(used.lease)).body.data.state).to.equal('used')
    expect((await ask('ssh/creds/web/abc')).status).to.equal(404)
    pass(601)
    expect((await ask(expired.lease)).body.data.state).to.equal('expired')
  })

  it('is told each refusal, and that the time is over', async () => {
    const { issue, verify, post } = await withRole()
    const { otp, lease } = await issue()
    for (const left of [4, 3]) {
      const answer = post('ssh/otp', { lease_id: lease, wait: '25s' })
      await isSettled(answer)
      await verify(otp, { username: 'root' })
      const { state, misses_left } = (await answer).body.data
      expect([state, misses_left]).to.deep.equal(['refused', left])
    }
    const { body } = await post('ssh/otp', { lease_id: lease, wait: '1s' })
    expect(body.data.state).to.equal('refused')
  })

  it('is refused if its token was revoked meanwhile', async () => {
    const { issue, post, token } = await withRole()
    await post('sys/policies/acl/web', {
      policy: 'path "ssh/creds/web" { capabilities = ["update"] }',
    })
    const own = await token({ policies: ['web'] })
    const { lease } = await issue(own)
    const answer = post('ssh/otp', { lease_id: lease, wait: '25s' }, own)
    expect(await isSettled(answer)).to.equal(false)
    await post('auth/token/revoke', { token: own })
    expect((await answer).status).to.equal(403)
  })

  it('is ended when the server is sealed', async () => {
    const { issue, post } = await withRole()
    const { lease } = await issue()
    const answer = post('ssh/otp', { lease_id: lease, wait: '25s' })
    expect(await isSettled(answer)).to.equal(false)
    await post('sys/seal')
    expect((await answer).status).to.equal(503)
  })

  it('says so when the record disappears, as where an older version redeems the password', async () => {
    const { issue, post, store, names } = await withRole()
    const { lease } = await issue()
    const answer = post('ssh/otp', { lease_id: lease, wait: '25s' })
    await isSettled(answer)
    const [mount] = await store.list('mount/')
    const [name] = await names('otp')
    await transact(store, async tx => tx.delete(`mount/${mount}otp/${name}`))
    const { state, reason } = (await answer).body.data
    expect([state, reason]).to.deep.equal([
      'ended',
      'used or revoked, by an engine that keeps no record',
    ])
  })
})
