import { expect } from 'chai'
import { endpoint } from '../../../../engine/api/endpoint.ts'
import type { Engine } from '../../../../engine/api/engine.ts'
import { expireOnce } from '../../../../engine/core/background/housekeeping.ts'
import { newMount } from '../../../../engine/core/mounts.ts'
import { findLease } from '../../../../engine/lease/leases.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { string } from '../../../../shared/field.ts'
import { testEngine } from '../../../support/test-engine.ts'

/** An engine whose credentials end only while `host.up`. */
async function withHosts() {
  const host = { up: true, tries: 0, answer: Promise.resolve() }
  const engine: Engine = {
    type: 'far',
    mountable: 'mounts',
    description: 'Makes credentials on a host that may be away.',
    credentials: {
      far: {
        async revoke(secret) {
          host.tries++
          if ((secret as { readonly role: string }).role === 'silent') await host.answer
          if (!host.up) throw new Error('no route to host')
        },
      },
    },
    endpoints: [
      endpoint({
        path: 'creds/:role',
        summary: 'Makes a credential.',
        description: 'Makes a credential.',
        fields: { role: string({ default: '', description: 'Any name.' }) },
        operations: {
          update: async ({ role }) => ({
            data: {},
            lease: {
              kind: role === 'later' ? 'of a later version' : 'far',
              secret: { role },
              ttl: 60,
              renewable: true,
            },
          }),
        },
      }),
    ],
  }
  const made = await testEngine({ engines: [engine] })
  const { core, post } = made
  await transact(core.store, async tx => core.mounts.put(tx, newMount('far/', 'far')))
  await core.mounts.reload()
  const issue = async (role = 'a') => (await post(`far/creds/${role}`)).body.lease_id as string
  const expire = () => expireOnce(core)
  const ids = async () => {
    const { body } = await made.ask('list', 'sys/leases/lookup/far/creds/a/')
    return (body.data?.keys ?? []) as string[]
  }
  return { ...made, host, issue, expire, ids }
}

describe('A lease', () => {
  it('ends when its time is over', async () => {
    const { issue, pass, expire, ids, host } = await withHosts()
    await issue()
    pass(59)
    await expire()
    expect(await ids()).to.have.length(1)
    pass(1)
    await expire()
    expect([await ids(), host.tries]).to.deep.equal([[], 1])
  })

  it('on a host that does not answer keeps no other from ending, and is not revoked twice meanwhile', async () => {
    const { core, issue, pass, ids, post, host } = await withHosts()
    const { promise, resolve } = Promise.withResolvers<void>()
    host.answer = promise
    const silent = await issue('silent')
    pass(60)
    const underWay = new Set<string>()
    await expireOnce(core, underWay)
    await issue()
    pass(60)
    await expireOnce(core, underWay)
    expect([await ids(), host.tries, [...underWay]]).to.deep.equal([[], 2, [silent]])
    resolve()
    for (let tries = 0; underWay.size > 0 && tries < 100; tries++)
      await new Promise(next => setTimeout(next, 10))
    expect((await post('sys/leases/lookup', { lease_id: silent })).status).to.equal(400)
  }).timeout(10_000)

  it('of a kind that the engine does not know stays, says why, and is retried, until an operator gives it up', async () => {
    const { core, issue, pass, expire, post } = await withHosts()
    const id = await issue('later')
    pass(60)
    await expire()
    const failed = await transact(core.store, tx => findLease(tx, id))
    expect(failed?.failure?.reason).to.equal(
      'the engine far at far/ knows no credential of kind "of a later version"',
    )
    pass(1)
    await expire()
    const again = await transact(core.store, tx => findLease(tx, id))
    expect(again?.failure?.count).to.equal(2)
    const { body } = await post('sys/leases/lookup', { lease_id: id })
    expect(body.data.revoke_error).to.contain('knows no credential')
    expect((await post('sys/leases/revoke', { lease_id: id })).status).to.equal(500)
    expect((await post('sys/leases/revoke-force/far/creds')).status).to.equal(204)
    expect((await post('sys/leases/lookup', { lease_id: id })).status).to.equal(400)
  })

  it('that cannot be revoked stays, says why, and is tried again at longer and longer intervals', async () => {
    const { issue, pass, expire, post, host } = await withHosts()
    const id = await issue()
    host.up = false
    pass(60)
    await expire()
    await expire()
    expect(host.tries).to.equal(1)
    for (const [seconds, tries] of [
      [1, 2],
      [1, 2],
      [1, 3],
      [3, 3],
      [1, 4],
    ] as const) {
      pass(seconds)
      await expire()
      expect(host.tries).to.equal(tries)
    }
    const { body } = await post('sys/leases/lookup', { lease_id: id })
    expect(body.data.revoke_error).to.equal('no route to host')
    expect((await post('sys/leases/renew', { lease_id: id })).body.errors).to.deep.equal([
      'lease is expired and has failed previous revocation attempts',
    ])
    host.up = true
    pass(10)
    await expire()
    expect((await post('sys/leases/lookup', { lease_id: id })).status).to.equal(400)
  })

  it('is irrevocable after a day of attempts, is reported, and can be given up', async () => {
    const { issue, pass, expire, post, get, host } = await withHosts()
    const id = await issue()
    host.up = false
    pass(60)
    await expire()
    pass(86_400)
    await expire()
    pass(86_400)
    await expire()
    expect(host.tries).to.equal(2)
    const reported = (await get('sys/leases')).body.data
    expect(reported.lease_count).to.equal(1)
    expect(reported.leases[0]).to.include({ lease_id: id, error: 'no route to host' })
    expect((await get('sys/leases/count')).body.data.lease_count).to.equal(1)
    expect((await post('sys/leases/revoke-prefix/far/creds')).body.errors).to.deep.equal([
      'failed to revoke 1 lease under far/creds/, to be tried again',
    ])
    expect((await post('sys/leases/revoke-force/far/creds')).status).to.equal(204)
    expect((await get('sys/leases')).body.data.lease_count).to.equal(0)
    expect((await post('sys/leases/lookup', { lease_id: id })).status).to.equal(400)
  })

  it('whose revocation by a client fails is retried, and the client gets the error', async () => {
    const { issue, pass, expire, post, host } = await withHosts()
    const id = await issue()
    host.up = false
    expect((await post('sys/leases/revoke', { lease_id: id })).status).to.equal(500)
    host.up = true
    pass(1)
    await expire()
    expect((await post('sys/leases/lookup', { lease_id: id })).status).to.equal(400)
  })

  it('keeps its mount until it has ended', async () => {
    const { issue, pass, expire, ask, post, host, core } = await withHosts()
    await issue()
    host.up = false
    expect((await ask('delete', 'sys/mounts/far')).body.errors[0]).to.match(
      /^1 lease under far\/ could not be revoked yet/,
    )
    expect((await post('far/creds/a')).status).to.equal(404)
    expect(core.mounts.all.map(({ path }) => path)).to.include('far/')
    host.up = true
    pass(1)
    await expire()
    expect(core.mounts.all.map(({ path }) => path)).to.not.include('far/')
  })

  it('ends after all when the clock jumps back, and at once when it jumps ahead', async () => {
    const { issue, pass, expire, ids, host } = await withHosts()
    await issue()
    pass(-86_400)
    await expire()
    expect([(await ids()).length, host.tries]).to.deep.equal([1, 0])
    await issue()
    pass(60)
    await expire()
    expect([(await ids()).length, host.tries]).to.deep.equal([1, 1])
    pass(10 * 86_400)
    await expire()
    expect([await ids(), host.tries]).to.deep.equal([[], 2])
  })

  it('is one of thousands that are revoked page by page', async () => {
    const { issue, post, host, ids } = await withHosts()
    await Promise.all(Array.from({ length: 1200 }, (_, index) => issue(index % 2 ? 'a' : 'b')))
    expect((await post('sys/leases/revoke-prefix/far')).status).to.equal(204)
    expect([await ids(), host.tries]).to.deep.equal([[], 1200])
  })

  it('whose token is gone is found by tidy', async () => {
    const { post, issue, ids, core, host } = await withHosts()
    const lease = await issue()
    await transact(core.store, async tx => {
      const key = `lease/id/${lease}`
      const bytes = (await tx.get(key)) ?? Buffer.from('{}')
      tx.put(key, Buffer.from(JSON.stringify({ ...JSON.parse(String(bytes)), token: 'gone' })))
    })
    expect((await post('sys/leases/tidy')).status).to.equal(202)
    await new Promise(resolve => setTimeout(resolve, 30))
    expect([await ids(), host.tries]).to.deep.equal([[], 1])
  })
})
