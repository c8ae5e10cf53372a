import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { AutoUnseal } from '../../../engine/seal/auto-unseal.ts'
import { Sealing } from '../../../engine/seal/sealing.ts'
import { Barrier } from '../../../engine/storage/barrier.ts'
import { SqliteStore } from '../../../engine/storage/sqlite.ts'
import { type Store, StoreUnavailable } from '../../../engine/storage/store.ts'
import { sealable } from '../../support/sealable.ts'

type Sealable = Awaited<ReturnType<typeof sealable>>

const ROLE = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }

const SEALED = { status: 503, body: { errors: ['Vault is sealed'] } }

async function issuing(server: Sealable) {
  await server.put('sys/mounts/ssh', { type: 'ssh' })
  await server.put('ssh/roles/web', ROLE)
  return () => server.put('ssh/creds/web', { ip: '10.0.0.1' })
}

describe('A server that people unseal', () => {
  let server: Sealable
  beforeEach(async () => {
    server = await sealable()
  })
  afterEach(() => server[Symbol.asyncDispose]())

  it('tells how it is before it has been initialized', async () => {
    expect(await server.get('sys/init')).to.deep.equal({
      status: 200,
      body: { initialized: false },
    })
    expect((await server.get('sys/health')).status).to.equal(501)
    expect((await server.get('sys/health?uninitcode=299')).status).to.equal(299)
    const { body } = await server.get('sys/seal-status')
    expect(body).to.deep.equal({
      type: 'shamir',
      initialized: false,
      sealed: true,
      t: 0,
      n: 0,
      progress: 0,
      nonce: '',
      version: '0.0.0-development',
      build_date: '',
      migration: false,
      recovery_seal: false,
      storage_type: 'sqlite',
    })
    expect(await server.put('sys/unseal', { key: '00'.repeat(33) })).to.deep.equal({
      status: 400,
      body: { errors: ['Vault is not initialized'] },
    })
    expect(await server.get('ssh/roles/web')).to.deep.equal(SEALED)
  })

  for (const [data, problem] of [
    [
      { secret_shares: 3, secret_threshold: 5 },
      'invalid seal configuration: threshold cannot be larger than shares',
    ],
    [
      { secret_shares: 5, secret_threshold: 1 },
      'invalid seal configuration: threshold must be greater than one for multiple shares',
    ],
    [{}, 'invalid seal configuration: shares must be at least one'],
    [
      { secret_shares: 5, secret_threshold: 3, recovery_shares: 1 },
      'parameters recovery_shares not applicable to seal type shamir',
    ],
  ] as const)
    it(`is not initialized with ${JSON.stringify(data)}`, async () => {
      expect(await server.put('sys/init', data)).to.deep.equal({
        status: 400,
        body: { errors: [problem] },
      })
      expect((await server.get('sys/init')).body).to.deep.equal({ initialized: false })
    })

  it('is initialized once, and unsealed with shares in any form and order', async () => {
    const { status, body } = await server.init()
    expect(status).to.equal(200)
    expect(Object.keys(body)).to.deep.equal(['keys', 'keys_base64', 'root_token'])
    expect(body.keys).to.have.length(5)
    expect(
      body.keys.map((key: string) => Buffer.from(key, 'hex').toString('base64')),
    ).to.deep.equal(body.keys_base64)
    expect(await server.init()).to.deep.equal({
      status: 400,
      body: { errors: ['Vault is already initialized'] },
    })
    expect((await server.get('sys/health')).status).to.equal(503)

    const first = (await server.unseal(body.keys[4])).body
    expect([first.sealed, first.t, first.n, first.progress]).to.deep.equal([true, 3, 5, 1])
    expect(first.nonce).to.match(/^[0-9a-f-]{36}$/)
    // a share that is there already counts once
    expect((await server.unseal(body.keys_base64[4])).body.progress).to.equal(1)
    expect((await server.unseal(body.keys_base64[0])).body).to.deep.include({
      progress: 2,
      nonce: first.nonce,
    })
    const last = (await server.unseal(body.keys[2])).body
    expect([last.sealed, last.progress, last.nonce]).to.deep.equal([false, 0, ''])
    expect(last.cluster_id).to.match(/^[0-9a-f-]{36}$/)
    expect((await server.get('sys/health')).status).to.equal(200)
    expect((await server.get('auth/token/lookup-self')).body.data.policies).to.deep.equal(['root'])
    expect((await server.get('sys/leader')).body.ha_enabled).to.equal(false)
  })

  for (const [what, key, problem] of [
    ['nothing', '', "'key' must be specified in request body as JSON, or 'reset' set to true"],
    ['text that is neither hex nor base64', 'x!', "'key' must be a valid hex or base64 string"],
    ['a short share', 'abcd', 'invalid key: key is shorter than minimum 32 bytes'],
    ['a long share', '00'.repeat(64), 'invalid key: key is longer than maximum 33 bytes'],
  ] as const)
    it(`refuses ${what} as a share`, async () => {
      await server.init()
      expect(await server.put('sys/unseal', { key })).to.deep.equal({
        status: 400,
        body: { errors: [problem] },
      })
    })

  it('refuses a set of shares with a wrong one, and begins anew', async () => {
    const { body } = await server.init()
    const wrong = randomBytes(33).toString('hex')
    expect(await server.unseal(body.keys[0], wrong, body.keys[1])).to.deep.equal({
      status: 400,
      body: { errors: ['Unseal failed, invalid key'] },
    })
    expect((await server.get('sys/seal-status')).body.progress).to.equal(0)
    expect((await server.unseal(body.keys[0], body.keys[1], body.keys[3])).body.sealed).to.equal(
      false,
    )
  })

  it('forgets shares when it is told to', async () => {
    const { body } = await server.init()
    await server.unseal(body.keys[0], body.keys[1])
    expect((await server.put('sys/unseal', { reset: true })).body.progress).to.equal(0)
    expect((await server.unseal(...body.keys.slice(0, 3))).body.sealed).to.equal(false)
    expect(await server.put('sys/unseal', { reset: true })).to.deep.equal({
      status: 400,
      body: { errors: ['vault is unsealed'] },
    })
  })

  it('answers nothing while it is sealed, and has lost nothing afterwards', async () => {
    const { body } = await server.init()
    await server.unseal(...body.keys.slice(0, 3))
    const issue = await issuing(server)
    const [one, two] = [await issue(), await issue()]
    expect((await server.put('sys/seal')).status).to.equal(204)

    for (const [method, path] of [
      ['GET', 'ssh/roles/web'],
      ['PUT', 'ssh/verify'],
      ['GET', 'sys/mounts'],
      ['PUT', 'sys/seal'],
      ['GET', 'nothing/there'],
      ['GET', 'auth/token/lookup-self'],
      ['GET', 'sys/key-status'],
    ] as const)
      expect(await server.ask(method, path, method === 'PUT' ? {} : undefined)).to.deep.equal(
        SEALED,
      )
    expect((await server.get('sys/health')).status).to.equal(503)
    expect((await server.get('sys/health?sealedcode=299')).status).to.equal(299)
    expect((await server.get('sys/health')).body).to.not.have.property('cluster_id')
    const status = await server.get('sys/seal-status')
    expect([status.status, status.body.sealed]).to.deep.equal([200, true])

    await server.unseal(...body.keys_base64.slice(2))
    expect((await server.put('ssh/verify', { otp: one.body.data.key })).body.data).to.deep.include({
      username: 'ubuntu',
      ip: '10.0.0.1',
    })
    const lease = await server.put('sys/leases/lookup', { lease_id: two.body.lease_id })
    expect(lease.status).to.equal(200)

    await server.restart()
    expect(await server.get('ssh/roles/web')).to.deep.equal(SEALED)
    await server.unseal(...body.keys.slice(1, 4))
    expect((await server.put('ssh/verify', { otp: two.body.data.key })).status).to.equal(200)
    expect((await server.put('ssh/verify', { otp: one.body.data.key })).status).to.equal(400)
  })

  it('is unsealed node by node, and reads what any node has written with any key', async () => {
    await using second = await sealable({ folder: server.folder })
    const { body } = await server.init()
    await server.unseal(...body.keys.slice(0, 3))
    second.use(server.token)
    expect((await second.get('sys/seal-status')).body).to.include({
      initialized: true,
      sealed: true,
    })
    expect((await second.init()).body.errors).to.deep.equal(['Vault is already initialized'])
    await issuing(server)
    await second.unseal(...body.keys.slice(2))
    const ids = ['a', 'b', 'c', 'd']
    await Promise.all([
      ...ids.map(id => server.put(`ssh/roles/one-${id}`, ROLE)),
      ...ids.map(id => second.put(`ssh/roles/two-${id}`, ROLE)),
      server.put('sys/rotate'),
      second.put('sys/rotate'),
    ])
    for (const node of [server, second])
      expect((await node.get('ssh/roles?list=true')).body.data.keys).to.have.length(9)
    await second.put('sys/seal')
    expect((await server.get('ssh/roles/two-a')).status).to.equal(200)
    expect(await second.get('ssh/roles/two-a')).to.deep.equal(SEALED)
  })

  it('ends what fell due while it was sealed', async () => {
    const { body } = await server.init()
    await server.unseal(...body.keys.slice(0, 3))
    await issuing(server)
    const { auth } = (await server.put('auth/token/create', { ttl: '1s' })).body
    const root = server.token
    server.use(auth.client_token)
    const issued = await server.put('ssh/creds/web', { ip: '10.0.0.1' })
    server.use(root)
    await server.put('sys/seal')
    await wait(1100)
    await server.unseal(...body.keys.slice(0, 3))
    const { lease_id } = issued.body
    while ((await server.put('sys/leases/lookup', { lease_id })).status === 200) await wait(50)
    expect((await server.put('ssh/verify', { otp: issued.body.data.key })).status).to.equal(400)
  }).timeout(10_000)

  it('is sealed only by who may', async () => {
    const { body } = await server.init()
    await server.unseal(...body.keys.slice(0, 3))
    const child = await server.put('auth/token/create', { policies: ['default'] })
    const root = server.token
    for (const token of [child.body.auth.client_token, '']) {
      server.use(token)
      expect((await server.put('sys/seal')).status).to.equal(403)
    }
    server.use(root)
    expect((await server.get('sys/seal')).status).to.equal(405)
    expect((await server.get('sys/health')).status).to.equal(200)
  })

  it('goes on with what has been written while its key is changed under load', async () => {
    const { body } = await server.init()
    await server.unseal(...body.keys.slice(0, 3))
    const issue = await issuing(server)
    const [issued] = await Promise.all([
      Promise.all(Array.from({ length: 40 }, issue)),
      ...Array.from({ length: 5 }, () => server.put('sys/rotate')),
    ])
    const status = await server.get('sys/key-status')
    expect([status.body.term, status.body.data.term]).to.deep.equal([6, 6])
    await server.restart()
    await server.unseal(...body.keys.slice(0, 3))
    for (const { body: reply } of issued)
      expect((await server.put('ssh/verify', { otp: reply.data.key })).status).to.equal(200)
  }).timeout(10_000)

  it('lets every request succeed or fail whole when it is sealed under load', async () => {
    const { body } = await server.init()
    await server.unseal(...body.keys.slice(0, 3))
    const issue = await issuing(server)
    const issued = Array.from({ length: 60 }, issue)
    await issued[10]
    const [answers] = await Promise.all([Promise.all(issued), server.put('sys/seal')])
    for (const answer of answers) if (answer.status !== 200) expect(answer).to.deep.equal(SEALED)
    await server.unseal(...body.keys.slice(0, 3))
    for (const { body: reply } of answers.filter(({ status }) => status === 200))
      expect((await server.put('ssh/verify', { otp: reply.data.key })).status).to.equal(200)
  })

  it('answers a load balancer that asks for the head only', async () => {
    const health = () => server.ask('HEAD', 'sys/health')
    expect(await health()).to.deep.equal({ status: 501, body: undefined })
    const { body } = await server.init()
    expect(await health()).to.deep.equal({ status: 503, body: undefined })
    await server.unseal(...body.keys.slice(0, 3))
    expect(await health()).to.deep.equal({ status: 200, body: undefined })
  })

  it('keeps nothing of its keys or passwords in its files', async () => {
    const { body } = await server.init()
    await server.unseal(...body.keys.slice(0, 3))
    const issue = await issuing(server)
    const otp = (await issue()).body.data.key
    await server.put('sys/seal')
    await server.restart()
    const shares = body.keys.map((key: string) => Buffer.from(key, 'hex').subarray(0, 32))
    for (const name of readdirSync(server.folder)) {
      const bytes = readFileSync(join(server.folder, name))
      for (const secret of [...shares, otp, server.token, 'ubuntu', '10.0.0.1'])
        expect(bytes.includes(secret), name).to.equal(false)
    }
  })
})

describe('A server that unseals itself', () => {
  const keys = [randomBytes(32), randomBytes(32)]
  let server: Sealable
  beforeEach(async () => {
    server = await sealable({ sealKeys: [keys[0]!] })
  })
  afterEach(() => server[Symbol.asyncDispose]())

  const RECOVERY = { recovery_shares: 3, recovery_threshold: 2 }

  it('is unsealed when it has been initialized, and after a restart', async () => {
    expect(await server.put('sys/init', { secret_shares: 5, secret_threshold: 3 })).to.deep.equal({
      status: 400,
      body: {
        errors: ['parameters secret_shares,secret_threshold not applicable to seal type file'],
      },
    })
    const { body } = await server.init(RECOVERY)
    expect([body.keys, body.recovery_keys.length]).to.deep.equal([[], 3])
    const status = (await server.get('sys/seal-status')).body
    expect(status).to.deep.include({
      type: 'file',
      sealed: false,
      t: 2,
      n: 3,
      recovery_seal: true,
      recovery_seal_type: 'shamir',
    })
    await server.restart()
    expect((await server.get('auth/token/lookup-self')).status).to.equal(200)
  })

  it('stays sealed when it has been sealed by hand, until its recovery keys or a restart', async () => {
    const { body } = await server.init(RECOVERY)
    await server.put('sys/seal')
    expect(await server.get('auth/token/lookup-self')).to.deep.equal(SEALED)
    expect((await server.unseal(body.recovery_keys[0], '00'.repeat(33))).body.errors).to.deep.equal(
      ['Unseal failed, invalid key'],
    )
    const [, second, third] = body.recovery_keys
    expect((await server.unseal(second, third)).body.sealed).to.equal(false)
    await server.put('sys/seal')
    await server.restart()
    expect((await server.get('auth/token/lookup-self')).status).to.equal(200)
  })

  it('takes up a new seal key, and then no longer needs the old one', async () => {
    await server.init(RECOVERY)
    await server.restart([keys[1]!, keys[0]!])
    expect((await server.get('auth/token/lookup-self')).status).to.equal(200)
    await server.restart([keys[1]!])
    expect((await server.get('auth/token/lookup-self')).status).to.equal(200)
  })

  it('does not start with another key', async () => {
    await server.init(RECOVERY)
    const message = await server.restart([keys[1]!]).catch(error => error.message)
    expect(message).to.match(/^none of the seal keys opens the storage/)
  })

  it('comes up when another node has initialized the store', async () => {
    await using second = await sealable({ folder: server.folder, sealKeys: [keys[0]!] })
    expect((await second.get('sys/health')).status).to.equal(501)
    await server.init(RECOVERY)
    second.use(server.token)
    for (let tries = 0; (await second.get('sys/health')).status !== 200; tries++) {
      expect(tries).to.be.lessThan(200)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    const issue = await issuing(server)
    await server.put('sys/rotate')
    const { body } = await issue()
    const found = await second.put('sys/leases/lookup', { lease_id: body.lease_id })
    expect(found.status).to.equal(200)
  }).timeout(15_000)
})

describe('A server whose storage comes up after it', () => {
  it('starts, and unseals itself as soon as it can', async () => {
    const key = randomBytes(32)
    await using first = await sealable({ sealKeys: [key] })
    await first.init({ recovery_shares: 0, recovery_threshold: 0 })
    let away = true
    const inner = await SqliteStore.open(first.folder)
    const store: Store = {
      get: name => (away ? unavailable() : inner.get(name)),
      list: (prefix, page) => (away ? unavailable() : inner.list(prefix, page)),
      commit: batch => (away ? unavailable() : inner.commit(batch)),
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    }
    await using barrier = new Barrier(store)
    const sealing = new Sealing({
      store,
      barrier,
      sealKeys: [key],
      found: () => Promise.reject(new Error('is not new')),
      open: async () => ({ async [Symbol.asyncDispose]() {} }),
    })
    const warnings: string[] = []
    await using _ = new AutoUnseal(sealing, { warn: (_, message) => warnings.push(message) })
    while (warnings.length === 0) await wait(20)
    expect(sealing.sealed).to.equal(true)
    away = false
    while (sealing.sealed) await wait(20)
    expect(new Set(warnings).size).to.equal(1)
  }).timeout(15_000)
})

const unavailable = () => Promise.reject(new StoreUnavailable('away'))
