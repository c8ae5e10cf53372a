import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { sealable } from '../../support/sealable.ts'

type Sealable = Awaited<ReturnType<typeof sealable>>

/** Brings shares one after another; gives the last answer. */
async function bring(server: Sealable, path: string, nonce: string, shares: readonly string[]) {
  let answer = await server.get('sys/health')
  for (const key of shares) answer = await server.put(path, { nonce, key })
  return answer
}

describe('Who holds the unseal key', () => {
  let server: Sealable
  let keys: readonly string[]
  beforeEach(async () => {
    server = await sealable()
    keys = (await server.init({ secret_shares: 3, secret_threshold: 2 })).body.keys_base64
    await server.unseal(keys[0]!, keys[1]!)
  })
  afterEach(() => server[Symbol.asyncDispose]())

  const begin = (more: object = {}) =>
    server.put('sys/rekey/init', { secret_shares: 4, secret_threshold: 3, ...more })

  it('gets new shares for the old ones, which count until the new ones have been given', async () => {
    await begin()
    // nobody has brought a share for that one
    const { body: begun } = await begin()
    expect(begun).to.deep.include({ started: true, t: 3, n: 4, progress: 0, required: 2 })
    expect(
      (await bring(server, 'sys/rekey/update', begun.nonce, [keys[2]!])).body.progress,
    ).to.equal(1)
    expect((await begin()).body.errors).to.deep.equal(['rekey already in progress'])
    const { body } = await bring(server, 'sys/rekey/update', begun.nonce, [keys[0]!])
    expect([body.complete, body.keys.length, body.warnings.length]).to.deep.equal([true, 4, 1])
    expect((await server.get('sys/rekey/init')).body.started).to.equal(false)

    await server.restart()
    const state = { t: 3, n: 4, unconfirmed_shares: true }
    expect((await server.get('sys/seal-status')).body).to.include(state)
    expect((await server.unseal(...keys)).body.sealed).to.equal(false)
    await server.restart()
    expect((await server.unseal(...body.keys_base64.slice(1))).body.sealed).to.equal(false)
    expect((await server.get('sys/seal-status')).body).not.to.have.property('unconfirmed_shares')
    await server.restart()
    expect((await server.unseal(...keys)).body.errors).to.deep.equal(['Unseal failed, invalid key'])
    expect((await server.unseal(...body.keys_base64.slice(1))).body.sealed).to.equal(false)
    expect((await server.get('auth/token/lookup-self')).status).to.equal(200)
  })

  it('keeps the old shares until the new ones have been shown to work', async () => {
    const { body: begun } = await begin({ require_verification: true })
    const { body } = await bring(server, 'sys/rekey/update', begun.nonce, keys.slice(0, 2))
    expect([body.complete, body.verification_required]).to.deep.equal([true, true])
    await server.put('sys/seal')
    expect((await server.unseal(...keys.slice(1))).body.sealed).to.equal(false)

    const again = (await begin({ require_verification: true })).body.nonce
    const fresh = (await bring(server, 'sys/rekey/update', again, keys.slice(0, 2))).body
    const nonce = fresh.verification_nonce
    const shares = fresh.keys_base64.slice(0, 3)
    const wrong = [shares[0], shares[1], randomBytes(33).toString('base64')]
    expect((await bring(server, 'sys/rekey/verify', nonce, wrong)).status).to.equal(400)
    // the wrong one is refused alone
    expect((await server.get('sys/rekey/verify')).body.progress).to.equal(2)
    const root = server.token
    server.use('')
    expect((await server.ask('DELETE', 'sys/rekey/verify')).status).to.equal(403)
    server.use(root)
    expect((await server.get('sys/rekey/verify')).body.progress).to.equal(2)
    expect((await bring(server, 'sys/rekey/verify', nonce, shares.slice(2))).body).to.deep.equal({
      nonce,
      complete: true,
    })
    await server.put('sys/seal')
    expect((await server.unseal(...shares)).body.sealed).to.equal(false)
  })

  it('refuses a share of several where one is the key', async () => {
    const { nonce } = (await begin({ secret_shares: 1, secret_threshold: 1 })).body
    const { body } = await bring(server, 'sys/rekey/update', nonce, keys.slice(1))
    await server.put('sys/seal')
    await server.unseal(body.keys[0])
    await server.put('sys/seal')
    expect(await server.unseal(keys[0]!)).to.deep.equal({
      status: 400,
      body: { errors: ['Unseal failed, invalid key'] },
    })
    expect((await server.unseal(body.keys[0])).body.sealed).to.equal(false)
  })

  it('is not fooled: wrong shares, a wrong nonce, numbers that cannot be', async () => {
    expect((await begin({ secret_threshold: 5 })).body.errors).to.deep.equal([
      'invalid rekey seal configuration: threshold cannot be larger than shares',
    ])
    const { nonce } = (await begin()).body
    const wrong = [keys[0]!, randomBytes(33).toString('base64')]
    expect((await bring(server, 'sys/rekey/update', nonce, wrong)).body.errors).to.deep.equal([
      'the share was refused: invalid key',
    ])
    expect((await server.get('sys/rekey/init')).body.progress).to.equal(1)
    expect((await bring(server, 'sys/rekey/update', 'x', keys)).body.errors).to.deep.equal([
      'incorrect nonce supplied',
    ])
    expect((await server.ask('DELETE', 'sys/rekey/init')).status).to.equal(204)
    expect((await bring(server, 'sys/rekey/update', nonce, keys)).body.errors).to.deep.equal([
      'no rekey in progress',
    ])
    expect((await server.get('sys/rekey-recovery-key/init')).status).to.equal(400)
  })

  it('needs a token to begin and to give up, but not to bring shares', async () => {
    const root = server.token
    server.use('')
    expect(await begin()).to.deep.equal({ status: 403, body: { errors: ['permission denied'] } })
    server.use(root)
    const { nonce } = (await begin()).body
    server.use('')
    expect((await server.ask('DELETE', 'sys/rekey/init')).status).to.equal(403)
    expect((await server.get('sys/rekey/init')).body.nonce).to.equal(nonce)
    expect((await bring(server, 'sys/rekey/update', nonce, keys.slice(1))).body.complete).to.equal(
      true,
    )
    expect((await server.get('sys/rekey/init')).body.started).to.equal(false)
  })

  it('makes a root token, which only who began can read', async () => {
    const { body: begun } = await server.put('sys/generate-root/attempt')
    expect(begun.otp).to.have.length(begun.otp_length)
    expect((await server.get('sys/generate-root/attempt')).body).to.include({
      otp: '',
      started: true,
      required: 2,
    })
    server.use('')
    const { body } = await bring(server, 'sys/generate-root/update', begun.nonce, keys.slice(1))
    expect([body.complete, body.progress]).to.deep.equal([true, 2])
    const veiled = Buffer.from(body.encoded_token, 'base64')
    const token = veiled.map((byte, at) => byte ^ begun.otp.charCodeAt(at)).toString()
    expect(token).to.match(/^hvs\./)
    server.use(token)
    expect((await server.get('auth/token/lookup-self')).body.data.policies).to.deep.equal(['root'])
    expect((await server.get('sys/generate-root/attempt')).body.started).to.equal(false)
  })

  it('makes no root token for wrong shares, or with an otp of another length', async () => {
    expect(
      (await server.put('sys/generate-root/attempt', { otp: 'short' })).body.errors,
    ).to.deep.equal(['OTP string is wrong length'])
    const { nonce } = (await server.put('sys/generate-root/attempt')).body
    const wrong = [keys[0]!, randomBytes(33).toString('base64')]
    expect((await bring(server, 'sys/generate-root/update', nonce, wrong)).status).to.equal(400)
    expect((await bring(server, 'sys/generate-root/update', 'x', keys)).body.errors).to.deep.equal([
      'incorrect nonce supplied',
    ])
    expect((await server.ask('DELETE', 'sys/generate-root/attempt')).status).to.equal(204)
    expect(
      (await bring(server, 'sys/generate-root/update', nonce, keys)).body.errors,
    ).to.deep.equal(['no root generation in progress'])
  })

  it('is not hindered by strangers in making a root token', async () => {
    server.use('')
    const attempt = 'sys/generate-root/attempt'
    const update = 'sys/generate-root/update'
    // who has brought no share has no place to keep
    await server.put(attempt)
    const { body: begun } = await server.put(attempt)
    expect((await bring(server, update, begun.nonce, [keys[0]!])).body.progress).to.equal(1)
    const wrong = [randomBytes(33).toString('base64'), randomBytes(32).toString('hex')]
    expect((await bring(server, update, begun.nonce, wrong)).status).to.equal(400)
    expect((await server.put(attempt)).body.errors).to.deep.equal([
      'root generation already in progress',
    ])
    expect((await server.ask('DELETE', attempt)).status).to.equal(403)
    const { body } = await bring(server, update, begun.nonce, [keys[2]!])
    expect([body.complete, body.progress]).to.deep.equal([true, 2])
  })

  it('can cancel with a token what has begun', async () => {
    const attempt = 'sys/generate-root/attempt'
    const { nonce } = (await server.put(attempt)).body
    await bring(server, 'sys/generate-root/update', nonce, [keys[0]!])
    const root = server.token
    const { client_token } = (await server.put('auth/token/create', { policies: ['default'] })).body
      .auth
    server.use(client_token)
    expect((await server.ask('DELETE', attempt)).status).to.equal(403)
    server.use(root)
    expect((await server.ask('DELETE', attempt)).status).to.equal(204)
    expect((await server.get(attempt)).body.started).to.equal(false)
  })

  it('fails for nothing that is sent to it', async () => {
    const share = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes).toString('base64')),
      fc.constantFrom(...keys),
      fc.string(),
    )
    const path = fc.constantFrom(
      'sys/unseal',
      'sys/rekey/update',
      'sys/rekey/verify',
      'sys/rekey/init',
      'sys/generate-root/attempt',
      'sys/generate-root/update',
    )
    const nonces = async () => [
      (await server.get('sys/rekey/init')).body.nonce,
      (await server.get('sys/generate-root/attempt')).body.nonce,
    ]
    await begin()
    await server.put('sys/generate-root/attempt')
    await fc.assert(
      fc.asyncProperty(path, share, fc.jsonValue(), fc.nat(1), async (to, key, junk, which) => {
        const nonce = (await nonces())[which]
        expect((await server.put(to, { key, nonce })).status).to.be.lessThan(500)
        const odd = { key: junk, nonce: junk, otp: junk, secret_shares: junk, reset: junk }
        expect((await server.put(to, odd)).status).to.be.lessThan(500)
      }),
      { numRuns: 60 },
    )
  }).timeout(20_000)

  it('can do neither while the server is sealed', async () => {
    const { nonce } = (await begin()).body
    await server.put('sys/seal')
    const SEALED = { status: 503, body: { errors: ['Vault is sealed'] } }
    expect(await server.get('sys/rekey/init')).to.deep.equal(SEALED)
    expect(await server.put('sys/generate-root/attempt')).to.deep.equal(SEALED)
    await server.unseal(keys[0]!, keys[1]!)
    expect((await bring(server, 'sys/rekey/update', nonce, keys)).body.errors).to.deep.equal([
      'no rekey in progress',
    ])
  })
})

describe('Who holds the recovery key', () => {
  it('gets a new one, and a root token', async () => {
    await using server = await sealable({ sealKeys: [randomBytes(32)] })
    const first = (await server.init({ recovery_shares: 2, recovery_threshold: 2 })).body
    const { nonce } = (
      await server.put('sys/rekey-recovery-key/init', { secret_shares: 1, secret_threshold: 1 })
    ).body
    const update = 'sys/rekey-recovery-key/update'
    const { body } = await bring(server, update, nonce, first.recovery_keys)
    expect(body.keys).to.have.length(1)
    await server.restart()
    const attempt = (await server.put('sys/generate-root/attempt')).body.nonce
    const path = 'sys/generate-root/update'
    expect((await bring(server, path, attempt, body.keys)).body.complete).to.equal(true)
    expect((await server.get('sys/rekey/init')).status).to.equal(400)
  })
})
