import { expect } from 'chai'
import { endpoint } from '../../../../engine/api/endpoint.ts'
import type { Engine } from '../../../../engine/api/engine.ts'
import { ApiError, Untouched } from '../../../../engine/api/errors.ts'
import { expireOnce } from '../../../../engine/core/background/housekeeping.ts'
import { newMount } from '../../../../engine/core/mounts.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { testEngine } from '../../../support/test-engine.ts'

/** An engine whose credentials have to be put somewhere, which fails with `failure` if there is one. */
async function withInstalls() {
  const told: string[] = []
  const place: { failure: Error | undefined } = { failure: undefined }
  const engine: Engine = {
    type: 'far',
    mountable: 'mounts',
    description: 'Puts credentials somewhere.',
    credentials: {
      far: {
        async revoke() {
          told.push('remove')
        },
        async renew() {
          return {
            longest: 100,
            async hostEffect(_, expiresAt) {
              if (place.failure) throw place.failure
              told.push(`ends ${new Date(expiresAt).toISOString()}`)
            },
          }
        },
      },
    },
    endpoints: [
      endpoint({
        path: 'creds',
        summary: 'Makes a credential.',
        description: 'Makes a credential.',
        fields: {},
        operations: {
          update: async (_, { tx }) => {
            tx.put('record', Buffer.from('made'))
            return {
              data: { key: 'secret' },
              lease: { kind: 'far', secret: {}, ttl: 60, renewable: true },
              async hostEffect({ transact: later }) {
                const record = await later(again => again.get('record'))
                told.push(`install ${Buffer.from(record ?? []).toString()}`)
                if (place.failure) throw place.failure
                return { warnings: ['it is there'] }
              },
            }
          },
        },
      }),
    ],
  }
  const made = await testEngine({ engines: [engine] })
  const { core } = made
  await transact(core.store, async tx => core.mounts.put(tx, newMount('far/', 'far')))
  await core.mounts.reload()
  const leases = async () =>
    (await made.ask('list', 'sys/leases/lookup/far/')).body.data?.keys ?? []
  return { ...made, told, place, leases }
}

describe('What has to be put somewhere', () => {
  it('is put there when it is durable, before it is answered', async () => {
    const { post, told, leases } = await withInstalls()
    const { status, body } = await post('far/creds')
    expect([status, body.data, body.warnings]).to.deep.equal([
      200,
      { key: 'secret' },
      ['it is there'],
    ])
    expect(told).to.deep.equal(['install made'])
    expect(await leases()).to.deep.equal(['creds/'])
  })

  it('has no lease when nothing was touched', async () => {
    const { post, place, told, leases } = await withInstalls()
    place.failure = new Untouched('internal', 'not let in')
    const { status, body } = await post('far/creds')
    expect([status, body.errors[0]]).to.deep.equal([500, '1 error occurred:\n\t* not let in\n\n'])
    expect(JSON.stringify(body)).not.to.include('secret')
    expect([told, await leases()]).to.deep.equal([['install made'], []])
  })

  for (const failure of [new ApiError('internal', 'broken off'), new Error('a bug')])
    it(`is removed at once when it may have been put there in part: ${failure.message}`, async () => {
      const { core, post, place, told, leases } = await withInstalls()
      place.failure = failure
      expect((await post('far/creds')).status).to.equal(500)
      expect(await leases()).to.deep.equal(['creds/'])
      await expireOnce(core)
      expect([told, await leases()]).to.deep.equal([['install made', 'remove'], []])
    })

  it('gets its new expiry before the lease is renewed, within its maximum lifetime', async () => {
    const { post, told } = await withInstalls()
    const { body } = await post('far/creds')
    const renewed = await post('sys/leases/renew', { lease_id: body.lease_id, increment: 500 })
    expect(renewed.body.lease_duration).to.equal(100)
    expect(renewed.body.warnings).to.have.length(1)
    expect(told).to.deep.equal(['install made', 'ends 2026-01-01T00:01:40.000Z'])
  })

  it('keeps its expiry if the host cannot be updated', async () => {
    const { post, place } = await withInstalls()
    const { body } = await post('far/creds')
    place.failure = new Untouched('internal', 'not let in')
    const lease = { lease_id: body.lease_id }
    expect((await post('sys/leases/renew', { ...lease, increment: 90 })).status).to.equal(500)
    expect((await post('sys/leases/lookup', lease)).body.data).to.include({
      ttl: 60,
      last_renewal: null,
    })
  })
})
