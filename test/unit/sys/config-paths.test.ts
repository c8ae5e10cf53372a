import { expect } from 'chai'
import { testEngine } from '../../support/test-engine.ts'

describe('sys/config', () => {
  it('says that pages of other origins may not use the API, and cannot be told otherwise', async () => {
    const { get, post, ask } = await testEngine()
    expect((await get('sys/config/cors')).body.data).to.deep.equal({ enabled: false })
    expect(await post('sys/config/cors', { allowed_origins: '*' })).to.deep.equal({
      status: 400,
      body: { errors: ['cross-origin requests are not supported by this server'] },
    })
    expect((await ask('delete', 'sys/config/cors')).status).to.equal(204)
  })

  it('shows what the server runs with', async () => {
    const { get } = await testEngine()
    const { data } = (await get('sys/config/state/sanitized')).body
    expect(data).to.deep.include({
      default_lease_ttl: 2_764_800,
      max_lease_ttl: 2_764_800,
      storage: { type: 'inmem' },
    })
  })
})
