import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { issuing, ROLE, SEALED, sealable } from '../../support/sealable.ts'

type Sealable = Awaited<ReturnType<typeof sealable>>

describe('A server that people seal', () => {
  let server: Sealable
  beforeEach(async () => {
    server = await sealable()
  })
  afterEach(() => server[Symbol.asyncDispose]())

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
      ['GET', 'nothing/there'],
      ['GET', 'auth/token/lookup-self'],
      ['GET', 'sys/key-status'],
    ] as const)
      expect(await server.ask(method, path, method === 'PUT' ? {} : undefined)).to.deep.equal(
        SEALED,
      )
    // who seals all nodes meets some that are sealed
    expect((await server.ask('PUT', 'sys/seal')).status).to.equal(204)
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
