import { expect } from 'chai'
import { testEngine } from '../../../support/test-engine.ts'

async function filled() {
  const made = await testEngine()
  for (let at = 0; at < 30; at++)
    await made.post(`ssh/hosts/Web-${String(at).padStart(2, '0')}`, {
      addresses: `10.0.0.${at},2001:db8::${at + 1}`,
      groups: at % 2 === 0 ? 'even,all' : 'all',
      disabled: at === 4,
    })
  const list = async (data: object = {}) => {
    const { status, body } = await made.ask('list', 'ssh/hosts/', data)
    return status === 404 ? [] : (body.data.keys as string[])
  }
  return { ...made, list }
}

describe('The list of hosts', () => {
  it('is in pages', async () => {
    const { list } = await filled()
    const all = await list()
    expect(all).to.have.length(30)
    expect(all[0]).to.equal('web-00')
    expect(await list({ limit: 7 })).to.deep.equal(all.slice(0, 7))
    expect(await list({ limit: 7, after: 'web-06' })).to.deep.equal(all.slice(7, 14))
    expect(await list({ after: 'web-29' })).to.deep.equal([])
  })

  it('is filtered by address, group and state, also together', async () => {
    const { list, post } = await filled()
    expect(await list({ address: '10.0.0.7' })).to.deep.equal(['web-07'])
    expect(await list({ address: '2001:DB8:0::8' })).to.deep.equal(['web-07'])
    expect(await list({ group: 'EVEN' })).to.have.length(15)
    expect(await list({ disabled: true })).to.deep.equal(['web-04'])
    expect(await list({ group: 'even', disabled: false })).to.have.length(14)
    expect(await list({ group: 'even', address: '10.0.0.7' })).to.deep.equal([])
    await post('ssh/hosts/web-07', { addresses: '10.9.9.9', groups: [] })
    expect(await list({ address: '10.0.0.7' })).to.deep.equal([])
    expect(await list({ address: '10.9.9.9' })).to.deep.equal(['web-07'])
    expect(await list({ group: 'all' })).to.have.length(29)
  })

  it('has no host that was deleted', async () => {
    const { list, ask } = await filled()
    expect((await ask('delete', 'ssh/hosts/WEB-03')).status).to.equal(204)
    expect(await list({ address: '10.0.0.3' })).to.deep.equal([])
    expect(await list()).to.have.length(29)
    expect((await ask('read', 'ssh/hosts/web-03')).status).to.equal(404)
  })
})

describe('Disabling a host', () => {
  it('warns where anybody may verify', async () => {
    const { post } = await filled()
    const warned = async () => (await post('ssh/hosts/web-01', { disabled: true })).status
    expect(await warned()).to.equal(200)
    await post('ssh/config/verify', { anonymous: 'deny' })
    expect(await warned()).to.equal(204)
  })
})
