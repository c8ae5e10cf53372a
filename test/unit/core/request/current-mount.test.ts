import { expect } from 'chai'
import type { Mount } from '../../../../engine/core/mount.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { testEngine } from '../../../support/test-engine.ts'

const ROLE = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }

/** An engine whose copy of the mounts is older than the store, where another node has changed `ssh/`. */
async function outdated(change: Partial<Mount>) {
  const made = await testEngine()
  const { mounts, store } = made.core
  const mount = mounts.all.find(({ path }) => path === 'ssh/')!
  await transact(store, tx => mounts.put(tx, { ...mount, ...change }))
  return made
}

describe('A mount that another node has changed', () => {
  it('is served as it was where nothing that counts has changed', async () => {
    const { post } = await outdated({ description: 'of the web servers' })
    expect((await post('ssh/roles/web', ROLE)).status).to.equal(204)
  })

  for (const [what, change] of [
    ['it is being removed', { leaving: true }],
    ['it has another path', { path: 'moved/' }],
  ] as const)
    it(`is not written to any more once ${what}`, async () => {
      const { post } = await outdated(change)
      const { status, body } = await post('ssh/roles/web', ROLE)
      expect(status).to.equal(404)
      expect(body.errors[0]).to.match(/^no handler for route /)
    })
})
