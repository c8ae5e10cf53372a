import { expect } from 'chai'
import { adviceFor } from '../../../engine/cli/advice.ts'

describe('adviceFor', () => {
  const sealed = (state: object) =>
    adviceFor({
      capability: 'read',
      path: 'ssh/roles/web',
      status: 503,
      errors: ['Vault is sealed'],
      hasToken: true,
      ask: async () => ({
        status: 200,
        method: 'GET',
        url: new URL('http://127.0.0.1/v1/sys/seal-status'),
        bytes: Buffer.alloc(0),
        text: JSON.stringify({ initialized: true, sealed: true, progress: 1, t: 2, ...state }),
      }),
    })

  it('says how a sealed engine is unsealed', async () => {
    expect(await sealed({})).to.include('"postern operator unseal". It has 1 of the 2 keys')
    expect(await sealed({ migration: true })).to.include('"postern operator unseal -migrate".')
    expect(await sealed({ initialized: false })).to.include('"postern operator init"')
  })
})
