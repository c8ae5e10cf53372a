import { expect } from 'chai'
import type { Mount } from '../../../../engine/core/mount.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import type { Page } from '../../../../engine/storage/store.ts'
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

describe('A mount that is being removed while it is read', () => {
  const versions = (prefix: string) => prefix.endsWith('revoked/change/')

  /** An engine with a revocation, whose versions of the KRL are deleted when they are read next. */
  async function losing() {
    let lose: ((prefix: string) => Promise<void>) | undefined
    class Losing extends MemoryStore {
      override async list(prefix: string, page?: Page) {
        if (versions(prefix)) {
          const now = lose
          lose = undefined
          await now?.(prefix)
        }
        return super.list(prefix, page)
      }
    }
    const store = new Losing()
    const made = await testEngine({ store })
    await made.post('ssh/config/ca', { generate_signing_key: true })
    await made.post('ssh/revoke', { key_id: 'alice' })
    return {
      ...made,
      losing(more: () => Promise<unknown>) {
        lose = async prefix => {
          await more()
          const names = await store.list(prefix)
          const deleted = names.map(name => [prefix + name, undefined] as const)
          await store.commit({ reads: new Map(), writes: new Map(deleted) })
        }
      },
    }
  }

  it('is not there, and nobody is blamed', async () => {
    const { core, get, losing: arm } = await losing()
    const mount = core.mounts.all.find(({ path }) => path === 'ssh/')!
    arm(() => transact(core.store, tx => core.mounts.put(tx, { ...mount, leaving: true })))
    expect((await get('ssh/krl', '')).status).to.equal(404)
  })

  it('is another thing than one of whose records another program has deleted', async () => {
    const { get, losing: arm } = await losing()
    arm(async () => {})
    expect((await get('ssh/krl', '')).status).to.equal(500)
  })
})
