import { expect } from 'chai'
import { mountView } from '../../../engine/core/mount-view.ts'
import { newMount } from '../../../engine/core/mounts.ts'

describe('The lifetimes of a mount', () => {
  const lifetimes = { defaultTtl: 2_764_800, maxTtl: 2_764_800 }
  const view = (tuned: object, system: object = lifetimes) => {
    const mount = newMount('ssh/', 'ssh', tuned)
    const { defaultTtl, maxTtl, setTtl } = mountView(mount, { ...lifetimes, ...system })
    return [defaultTtl, maxTtl, setTtl]
  }

  for (const [what, tuned, system, expected] of [
    ['nothing', {}, {}, [2_764_800, 2_764_800, 0]],
    ['a maximum alone', { maxTtl: 60 }, {}, [60, 60, 0]],
    ['a default', { defaultTtl: 90 }, {}, [90, 2_764_800, 90]],
    ['the default of the server', {}, { defaultTtl: 3600, isSet: true }, [3600, 2_764_800, 3600]],
    ['both', { defaultTtl: 90 }, { defaultTtl: 3600, isSet: true }, [90, 2_764_800, 90]],
  ] as const)
    it(`tell a default that was set, where ${what} is set`, () =>
      expect(view(tuned, system)).to.deep.equal(expected))
})
