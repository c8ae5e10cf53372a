import { rmSync } from 'node:fs'
import { expect } from 'chai'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { StoreUnavailable } from '../../../../engine/storage/store.ts'
import { auditFile } from '../../../support/audit-file.ts'
import { testEngine } from '../../../support/test-engine.ts'

const ROLE = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }

const CA_ROLE = {
  key_type: 'ca',
  allow_user_certificates: true,
  allowed_users: '*',
  default_user: 'ubuntu',
}

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGd/UgMRLXC2U4WHWgwIacVUgjTHNa5+VL7EmZGGztEX'

async function withRole(options?: Parameters<typeof testEngine>[0]) {
  const made = await testEngine(options)
  await made.post('ssh/roles/web', ROLE)
  const issue = async (data: object = {}, token?: string) =>
    made.post('ssh/creds/web', { ip: '10.0.0.1', ...data }, token)
  return { ...made, issue }
}

/** What a caller is told when nothing can be written down. */
const UNWRITTEN = {
  status: 500,
  body: {
    errors: [
      '1 error occurred:\n\t* internal error: the audit log cannot be written, so nothing is done; the log of the engine says why\n\n',
    ],
  },
}

describe('serve', () => {
  it('leases a one-time password that can be redeemed once', async () => {
    const { post, issue } = await withRole()
    const { body } = await issue()
    expect(body.lease_id).to.match(/^ssh\/creds\/web\/[0-9A-Za-z]{24}$/)
    expect(await post('ssh/verify', { otp: body.data.key }, '')).to.deep.nested.include({
      status: 200,
      'body.data': { ip: '10.0.0.1', username: 'ubuntu', role_name: 'web' },
    })
    expect(await post('ssh/verify', { otp: body.data.key }, '')).to.deep.equal({
      status: 400,
      body: { errors: ['OTP not found'] },
    })
  })

  it('answers 503 where the store cannot be used, and goes on when it can', async () => {
    let full = false
    class Filling extends MemoryStore {
      override async commit(batch: Parameters<MemoryStore['commit']>[0]) {
        if (full) throw new StoreUnavailable('the storage cannot be used: its disk is full')
        return super.commit(batch)
      }
    }
    const { issue } = await withRole({ store: new Filling() })
    full = true
    expect(await issue()).to.deep.equal({
      status: 503,
      body: { errors: ['the storage cannot be used: its disk is full'] },
    })
    full = false
    expect((await issue()).status).to.equal(200)
  })

  it('lets one of many redeem a password', async () => {
    const { post, issue } = await withRole()
    const { body } = await issue()
    const tries = await Promise.all(
      Array.from({ length: 64 }, () => post('ssh/verify', { otp: body.data.key }, '')),
    )
    expect(tries.filter(({ status }) => status === 200)).to.have.length(1)
  })

  it('ends the lease of a password that is used', async () => {
    const { post, issue } = await withRole()
    const { body } = await issue()
    await post('ssh/verify', { otp: body.data.key }, '')
    expect(await post('sys/leases/lookup', { lease_id: body.lease_id })).to.deep.equal({
      status: 400,
      body: { errors: ['invalid lease'] },
    })
  })

  it('refuses a password past its time, before anything has expired it', async () => {
    const { post, issue, pass } = await withRole()
    await post('ssh/roles/web', { ...ROLE, ttl: '10s' })
    const { body } = await issue()
    expect(body.lease_duration).to.equal(10)
    pass(10)
    expect((await post('ssh/verify', { otp: body.data.key }, '')).status).to.equal(400)
  })

  it('ends passwords and children with the token that made them', async () => {
    const { post, issue, get } = await withRole()
    const child = (await post('auth/token/create')).body.auth.client_token
    const grandchild = (await post('auth/token/create', {}, child)).body.auth.client_token
    const { body } = await issue({}, grandchild)
    expect((await post('auth/token/revoke', { token: child })).status).to.equal(204)
    expect((await get('auth/token/lookup-self', grandchild)).status).to.equal(403)
    expect((await post('ssh/verify', { otp: body.data.key }, '')).status).to.equal(400)
  })

  it('hands out nothing leased on the last use of a token', async () => {
    const { post, issue, store } = await withRole()
    const token = (await post('auth/token/create', { num_uses: 1 })).body.auth.client_token
    expect((await issue({}, token)).body.errors[0]).to.match(/^Secret cannot be returned/)
    expect((await issue({}, token)).status).to.equal(403)
    expect(await store.list('lease/id/')).to.deep.equal([])
  })

  for (const [path, data] of [
    ['ssh/sign/ca', { public_key: KEY }],
    ['ssh/issue/ca', { key_type: 'ed25519' }],
    ['ssh/creds/web', { ip: '10.0.0.1' }],
  ] as const)
    it(`gives nothing out at ${path} once the token has been revoked, however late`, async () => {
      let revoke: (() => Promise<unknown>) | undefined
      class Racing extends MemoryStore {
        override async commit(batch: Parameters<MemoryStore['commit']>[0]) {
          const now = [...batch.writes.keys()].some(key => /certificate|otp\//.test(key))
          const before = now ? revoke : undefined
          if (before) revoke = undefined
          await before?.()
          return super.commit(batch)
        }
      }
      const { post, store } = await withRole({ store: new Racing() })
      await post('ssh/config/ca', { key_type: 'ed25519' })
      await post('ssh/roles/ca', CA_ROLE)
      const make = async () => (await post('auth/token/create')).body.auth.client_token
      expect((await post(path, data, await make())).status).to.equal(200)
      const [mount] = await store.list('mount/')
      const given = async () =>
        (
          await Promise.all(
            ['certificate/serial/', 'otp/'].map(each => store.list(`mount/${mount}${each}`)),
          )
        ).flat().length
      const before = await given()
      const token = await make()
      revoke = () => post('auth/token/revoke', { token })
      expect(await post(path, data, token)).to.deep.equal({
        status: 403,
        body: { errors: ['permission denied'] },
      })
      expect(revoke).to.equal(undefined)
      expect(await given())
        .to.equal(before)
        .and.to.equal(1)
    })

  it('writes nothing for a token that was revoked after the request had been admitted', async () => {
    let revoke: (() => Promise<unknown>) | undefined
    class Racing extends MemoryStore {
      override async commit(batch: Parameters<MemoryStore['commit']>[0]) {
        const now = [...batch.writes.keys()].some(key =>
          /policy\/acl\/late|roles\/late|user\/late/.test(key),
        )
        const race = now ? revoke : undefined
        if (race) revoke = undefined
        await race?.()
        return super.commit(batch)
      }
    }
    const { post } = await withRole({ store: new Racing() })
    await post('sys/auth/userpass', { type: 'userpass' })
    for (const [path, data] of [
      ['sys/policies/acl/late', { policy: 'path "a" { capabilities = ["read"] }' }],
      ['ssh/roles/late', ROLE],
      ['auth/userpass/users/late', { password: 'hunter22' }],
    ] as const) {
      const token = (await post('auth/token/create', { policies: ['root'] })).body.auth.client_token
      revoke = () => post('auth/token/revoke', { token })
      expect([path, (await post(path, data, token)).status]).to.deep.equal([path, 403])
      expect(revoke).to.equal(undefined)
    }
  })

  it('signs a certificate with the last use of a token', async () => {
    const { post } = await withRole()
    await post('ssh/config/ca', { key_type: 'ed25519' })
    await post('ssh/roles/ca', CA_ROLE)
    const token = (await post('auth/token/create', { num_uses: 1 })).body.auth.client_token
    expect((await post('ssh/sign/ca', { public_key: KEY }, token)).status).to.equal(200)
    expect((await post('ssh/sign/ca', { public_key: KEY }, token)).status).to.equal(403)
  })

  it('does nothing when it cannot record the request', async () => {
    using log = auditFile()
    const { core, issue, store } = await withRole({ devices: [log.device] })
    await core.audit.close()
    rmSync(log.folder, { recursive: true })
    expect(await issue()).to.deep.equal(UNWRITTEN)
    expect(await store.list('lease/id/')).to.deep.equal([])
  })

  it('ends what a token was given with its last use, also when that cannot be recorded', async () => {
    using log = auditFile()
    const { core, issue, post, store } = await withRole({ devices: [log.device] })
    const token = (await post('auth/token/create', { num_uses: 2 })).body.auth.client_token
    await issue({}, token)
    expect(await store.list('lease/id/')).to.have.length(1)
    await core.audit.close()
    rmSync(log.folder, { recursive: true })
    expect(await issue({}, token)).to.deep.equal(UNWRITTEN)
    expect(await store.list('lease/id/')).to.deep.equal([])
  })

  it('records a request and its response, and no password', async () => {
    using log = auditFile()
    const { core, issue, post } = await withRole({ devices: [log.device] })
    const before = log.entries().length
    const { body } = await issue()
    await post('ssh/verify', { otp: body.data.key }, '')
    await core.audit.close()
    const lines = log.entries().slice(before)
    expect(lines.map(({ type }) => type)).to.deep.equal([
      'request',
      'response',
      'request',
      'response',
      'system',
    ])
    expect(JSON.stringify(lines)).to.not.include(body.data.key)
    const [, made, asked, used] = lines
    expect(made.response.data.key).to.equal(asked.request.data.otp)
    expect(made.response.data.username).to.equal('ubuntu')
    expect(used.response.data.role_name).to.equal('web')
  })

  it('forgets all that an engine stored when it is removed', async () => {
    const { ask, post, issue, store } = await withRole()
    const { body } = await issue()
    expect((await ask('delete', 'sys/mounts/ssh')).status).to.equal(204)
    expect((await post('ssh/verify', { otp: body.data.key }, '')).status).to.equal(403)
    expect(await store.list('mount/')).to.deep.equal([])
    expect(await store.list('lease/')).to.deep.equal([])
  })
})
