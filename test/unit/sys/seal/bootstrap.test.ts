import { expect } from 'chai'
import { transact } from '../../../../engine/storage/transact.ts'
import { mountMissing } from '../../../../engine/sys/seal/bootstrap.ts'
import { testEngine } from '../../../support/test-engine.ts'

describe('A store of an older version', () => {
  it('gets the mounts that are always there, each once, on however many nodes it is opened', async () => {
    const { core, store, get } = await testEngine()
    const { mounts } = core
    const old = mounts.all.find(({ path }) => path === 'cubbyhole/')
    await transact(store, async tx => old && mounts.delete(tx, old))
    await mounts.reload()
    expect((await get('cubbyhole/a')).body.errors).to.not.deep.equal([])
    await Promise.all([1, 2, 3].map(() => transact(store, tx => mountMissing(tx, mounts))))
    await mounts.reload()
    const paths = ['auth/token/', 'cubbyhole/', 'identity/', 'ssh/', 'sys/']
    expect(mounts.all.map(({ path }) => path)).to.deep.equal(paths)
    expect(await get('cubbyhole/a')).to.deep.equal({ status: 404, body: { errors: [] } })
  })
})
