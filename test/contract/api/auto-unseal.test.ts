import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'chai'
import { AutoUnseal } from '../../../engine/seal/auto-unseal.ts'
import { Sealing } from '../../../engine/seal/sealing.ts'
import { StorageIdentity } from '../../../engine/seal/storage-identity.ts'
import { Barrier } from '../../../engine/storage/barrier.ts'
import { SqliteStore } from '../../../engine/storage/sqlite.ts'
import { type Store, StoreUnavailable } from '../../../engine/storage/store.ts'
import { issuing, SEALED, sealable } from '../../support/sealable.ts'

type Sealable = Awaited<ReturnType<typeof sealable>>

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
    expect(message).to.match(/^none of the seal keys can unseal the storage/)
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
      identity: new StorageIdentity({ store, memory: undefined, cannotKeep() {} }),
      sealKeys: [key],
      bootstrap: () => Promise.reject(new Error('is not new')),
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
