import { expect } from 'chai'
import { testEngine } from '../../support/test-engine.ts'

/** What only administrators may do. Contract §5.2.6. */
const PROTECTED =
  /^(?:sys\/(?:auth\/.+|audit|audit\/.+|remount|rotate|raw.*|seal|config\/cors|config\/auditing\/.+|leases|leases\/(?:revoke-prefix|revoke-force|lookup)\/.+|revoke-prefix\/.+|revoke-force\/.+)|auth\/token\/(?:accessors.*|revoke-orphan))$/

describe('An endpoint', () => {
  it('that only administrators may use says that it needs sudo', async () => {
    const { core } = await testEngine()
    const wrong = core.mounts.all.flatMap(({ path, type }) =>
      (core.mounts.engineOf({ type })?.endpoints ?? [])
        .filter(each => PROTECTED.test(path + each.path) && !each.sudo)
        .map(each => path + each.path),
    )
    expect(wrong).to.deep.equal([])
  })
})
