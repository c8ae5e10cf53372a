import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { sealable } from '../../support/sealable.ts'

type Sealable = Awaited<ReturnType<typeof sealable>>

const SEALED = { status: 503, body: { errors: ['Vault is sealed'] } }

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
      version: '1.19.0+postern.0.0.0',
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
})
