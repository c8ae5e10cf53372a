import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { clusterIdOf } from '../../../engine/seal/cluster-id.ts'
import { initializeStore } from '../../../engine/seal/initialize-store.ts'
import { migrateSeal } from '../../../engine/seal/migrate-seal.ts'
import { rootKeyFor } from '../../../engine/seal/root-key-for.ts'
import { sealRecord } from '../../../engine/seal/seal-record.ts'
import { unwrapWith } from '../../../engine/seal/unwrap-with.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import type { Store } from '../../../engine/storage/store.ts'
import { transact } from '../../../engine/storage/transact.ts'
import { Secret } from '../../../shared/secret.ts'
import { issuing, SEALED, sealable } from '../../support/sealable.ts'

const KEY = Buffer.alloc(32, 7)
const PENDING = /migrate option not provided and seal migration is pending/
const NONE = "can't perform a seal migration, no migration seal found"

type Server = Awaited<ReturnType<typeof sealable>>

const migrate = async (server: Server, shares: readonly string[]) => {
  let answer = await server.get('sys/seal-status')
  for (const key of shares) answer = await server.put('sys/unseal', { key, migrate: true })
  return answer.body
}

describe('Migrating the seal', function () {
  this.timeout(60_000)

  it('goes from shares to keys and back, with the same shares, tokens and cluster id', async () => {
    await using server = await sealable()
    const { keys } = (await server.init()).body
    await server.unseal(...keys.slice(0, 3))
    const issue = await issuing(server)
    const cluster = (await server.get('sys/seal-status')).body.cluster_id

    await server.restart([KEY])
    const pending = (await server.get('sys/seal-status')).body
    expect([pending.sealed, pending.migration, pending.t, pending.n]).to.deep.equal([
      ...[true, true, 3, 5],
    ])
    expect(await issue()).to.deep.equal(SEALED)
    const refused = await server.put('sys/unseal', { key: keys[0] })
    expect([refused.status, refused.body.errors[0]]).to.satisfy(
      ([status, text]: [number, string]) => status === 400 && PENDING.test(text),
    )
    const done = await migrate(server, keys.slice(1, 4))
    expect([done.sealed, done.migration, done.type, done.recovery_seal]).to.deep.equal([
      ...[false, false, 'file', true],
    ])
    expect((await issue()).status).to.equal(200)

    await server.restart([KEY])
    const alone = (await server.get('sys/seal-status')).body
    expect([alone.sealed, alone.cluster_id]).to.deep.equal([false, cluster])
    expect((await issue()).status).to.equal(200)
    expect((await server.put('sys/unseal', { key: keys[0], migrate: true })).body.errors)
      .to.deep //
      .equal([NONE])
    // shares of the unseal key are shares of the recovery key now
    await server.put('sys/seal')
    expect((await server.unseal(...keys.slice(0, 3))).body.sealed).to.equal(false)
    expect(await rekeyed(server, keys)).to.equal(200)

    await server.restart(undefined, [KEY])
    expect((await migrate(server, keys.slice(2, 5))).type).to.equal('shamir')
    expect((await issue()).status).to.equal(200)
    // what is disabled may stay in the configuration, and may be left out
    for (const disabled of [[KEY], undefined]) {
      await server.restart(undefined, disabled)
      expect((await server.get('sys/seal-status')).body.migration).to.equal(false)
      const { body } = await server.unseal(...keys.slice(0, 3))
      expect([body.sealed, body.cluster_id]).to.deep.equal([false, cluster])
    }
  })

  it('leaves other nodes as they are until they are restarted', async () => {
    await using first = await sealable()
    const { keys } = (await first.init()).body
    await using second = await sealable({ folder: first.folder })
    second.use(first.token)
    for (const node of [first, second]) await node.unseal(...keys.slice(0, 3))
    const issue = await issuing(second)
    await first.restart([KEY])
    await migrate(first, keys.slice(0, 3))
    expect((await issue()).status).to.equal(200)
    expect((await second.get('sys/seal-status')).body.sealed).to.equal(false)
    await second.restart([KEY])
    expect((await second.get('sys/seal-status')).body.sealed).to.equal(false)
    expect((await issue()).status).to.equal(200)
  })

  it('wants the shares, and the keys', async () => {
    await using server = await sealable()
    const { keys } = (await server.init()).body
    await server.restart([KEY])
    const wrong = Array.from({ length: 3 }, () => randomBytes(33).toString('hex'))
    let answer = await server.get('sys/seal-status')
    for (const key of wrong) answer = await server.put('sys/unseal', { key, migrate: true })
    expect(answer.status).to.equal(400)
    expect((await server.get('sys/seal-status')).body.migration).to.equal(true)
    await migrate(server, keys.slice(0, 3))
    await server.restart(undefined, [Buffer.alloc(32, 8)])
    const other = keys.slice(0, 3)
    for (const key of other) answer = await server.put('sys/unseal', { key, migrate: true })
    expect(answer.status).to.equal(400)
    const error = await server.restart(undefined, []).catch(reason => reason)
    expect(error).to.equal(undefined)
  })

  it('does not make unseal keys of recovery keys that there are none of', async () => {
    await using server = await sealable()
    await server.restart([KEY])
    await server.init({ recovery_shares: 0, recovery_threshold: 0 })
    await server.restart(undefined, [KEY])
    const { body } = await server.put('sys/unseal', { key: KEY.toString('hex'), migrate: true })
    expect(body.errors[0]).to.contain('no recovery keys')
  })

  it('keeps the key whose shares were brought, where a new one was not confirmed', async () => {
    await using server = await sealable()
    const { keys } = (await server.init()).body
    await server.unseal(...keys.slice(0, 3))
    const begun = { secret_shares: 3, secret_threshold: 2 }
    const { nonce } = (await server.put('sys/rekey/init', begun)).body
    let fresh: readonly string[] = []
    for (const key of keys.slice(0, 3))
      fresh = (await server.put('sys/rekey/update', { key, nonce })).body.keys ?? fresh
    expect(fresh).to.have.lengthOf(3)
    await server.restart([KEY])
    const done = await migrate(server, keys.slice(1, 4))
    expect([done.sealed, done.t, done.n, done.unconfirmed_shares]).to.deep.equal([
      ...[false, 3, 5, undefined],
    ])
    await server.put('sys/seal')
    expect((await server.unseal(...fresh)).status).to.equal(400)
    expect((await server.unseal(...keys.slice(0, 3))).body.sealed).to.equal(false)
  })

  const OPENED = { shamir: 'the shares', file: 'the keys' } as const
  for (const [to, crash] of [
    ['file', 'before'],
    ['file', 'after'],
    ['shamir', 'before'],
    ['shamir', 'after'],
  ] as const)
    it(`leaves one seal that opens, where it ends ${crash} the commit to ${to}`, async () => {
      const store = new MemoryStore()
      const [rootKey, secret] = [randomBytes(32), randomBytes(32)]
      const type = to === 'file' ? 'shamir' : 'file'
      await initializeStore(store, {
        ...{ type, rootKey, quorum: { shares: 1, threshold: 1 }, shares: [secret] },
        sealKey: type === 'file' ? KEY : secret,
        recoveryKey: type === 'file' ? secret : undefined,
        bootstrap: async () => new Secret('x'),
      })
      const record = (await transact(store, sealRecord))!
      const proved = { rootKey, secret, which: 'current', record } as const
      const keys = to === 'file' ? [KEY] : undefined
      const work = migrateSeal(dying(store, crash), proved, keys)
      expect(await work.catch(error => error.message)).to.equal('killed')
      const found = (await transact(store, sealRecord))!
      expect(found.type).to.equal(crash === 'before' ? type : to)
      const opened =
        found.type === 'file'
          ? unwrapWith([KEY], found)
          : await rootKeyFor(secret, {
              store,
              sealKeys: undefined,
              record: found,
              which: 'current',
            })
      expect(opened, OPENED[found.type]).to.deep.equal(rootKey)
      expect(found.cluster).to.equal(clusterIdOf(rootKey))
      // once more, as the people do who do not know how it ended
      await migrateSeal(store, { ...proved, record: found }, keys)
      expect((await transact(store, sealRecord))?.type).to.equal(to)
    })
})

/** A store whose process is killed in its first commit. */
const dying = (store: MemoryStore, when: 'before' | 'after'): Store => ({
  get: key => store.get(key),
  list: (prefix, page) => store.list(prefix, page),
  async commit(change) {
    if (when === 'after') await store.commit(change)
    throw new Error('killed')
  },
  [Symbol.asyncDispose]: async () => undefined,
})

/** The status of an attempt to give the holders of shares a new key, which shows that theirs counts. */
async function rekeyed(server: Server, keys: readonly string[]): Promise<number> {
  const begun = { secret_shares: 5, secret_threshold: 3, require_verification: true }
  const { nonce } = (await server.put('sys/rekey-recovery-key/init', begun)).body
  let status = 0
  for (const key of keys.slice(0, 3))
    ({ status } = await server.put('sys/rekey-recovery-key/update', { key, nonce }))
  await server.ask('DELETE', 'sys/rekey-recovery-key/init')
  return status
}
