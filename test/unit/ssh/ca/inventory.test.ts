import { expect } from 'chai'
import { record } from '../../../../engine/ssh/ca/inventory.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { testEngine } from '../../../support/test-engine.ts'

/** More than one request looks at. */
const MANY = 10_001

/** A mount that has signed many certificates, of which another issuer has signed the last. */
async function inventory() {
  const made = await testEngine()
  const { mount } = made.core.mounts.find('ssh/certs') ?? {}
  if (!mount) throw new Error('nothing is mounted')
  await transact(made.core.store, async tx => {
    const { mounts } = made.core
    const scope = { tx: mounts.scope(tx, mount), mount: mounts.view(mount) }
    for (let number = 1; number <= MANY; number++)
      record(scope, {
        ...{ type: 'user', keyId: 'x', fingerprint: 'SHA256:x', keyType: 'ssh-ed25519' },
        ...{ role: 'web', accessor: 'a', displayName: 'd', entity: undefined },
        ...{ issuedAt: 0, validAfter: 0, validBefore: 1, revokedAt: undefined, forgetAt: 1000 },
        serial: number.toString(16).padStart(16, '0'),
        principals: ['u'],
        issuer: number === MANY ? 'other' : 'one',
      })
  })
  return made
}

describe('A search in many certificates', () => {
  it('looks at so many at a time, and says how to go on', async () => {
    const { ask } = await inventory()
    const find = (query: object) => ask('list', 'ssh/certs/', query)
    const last = (10_000).toString(16).padStart(16, '0')
    const none = await find({ role: 'web', issuer_id: 'other' })
    expect(none.body).to.deep.include({
      data: { keys: [], key_info: {}, next: last },
      warnings: [`There may be more certificates: repeat the request with after=${last}`],
    })
    const rest = await find({ role: 'web', issuer_id: 'other', after: last })
    expect(rest.body.data.keys).to.deep.equal([MANY.toString(16).padStart(16, '0')])
    expect(rest.body.warnings).to.equal(null)
    expect((await find({ role: 'web', issuer_id: 'nobody', after: last })).status).to.equal(404)
    const page = (await find({ limit: 10_000 })).body
    expect([page.data.keys.length, page.warnings]).to.deep.equal([10_000, null])
  })

  for (const [query, message] of [
    [{ after: 'xyz' }, 'after is not a serial number: "xyz"'],
    [{ limit: 0 }, 'limit must be from 1 to 10000'],
    [{ limit: 10_001 }, 'limit must be from 1 to 10000'],
  ] as const)
    it(`refuses ${JSON.stringify(query)}`, async () => {
      const { ask } = await testEngine()
      expect(await ask('list', 'ssh/certs/', query)).to.deep.equal({
        status: 400,
        body: { errors: [message] },
      })
    })
})
