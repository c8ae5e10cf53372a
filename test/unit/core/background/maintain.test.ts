import { expect } from 'chai'
import type { Engine } from '../../../../engine/api/engine.ts'
import { maintain } from '../../../../engine/core/background/maintain.ts'
import { newMount } from '../../../../engine/core/mounts.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { testEngine } from '../../../support/test-engine.ts'

describe('The periodic work of an engine', () => {
  it('is continued in another transaction while there is more', async () => {
    const left: number[] = []
    const busy: Engine = {
      ...{ type: 'busy', mountable: 'mounts', description: '', endpoints: [] },
      async maintain({ tx }) {
        const done = await tx.get('done')
        const count = Number(done ? Buffer.from(done).toString() : 0) + 1
        tx.put('done', Buffer.from(String(count)))
        left.push(3 - count)
        return count < 3
      },
    }
    const { core } = await testEngine({ engines: [busy] })
    await transact(core.store, tx => core.mounts.put(tx, newMount('busy/', 'busy')))
    await core.mounts.reload()
    await maintain(core)
    expect(left).to.deep.equal([2, 1, 0])
  })
})
