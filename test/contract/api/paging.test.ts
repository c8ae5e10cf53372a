import { expect } from 'chai'
import { testEngine } from '../../support/test-engine.ts'

describe('Lists', () => {
  async function made() {
    const { ask, post, get, core } = await testEngine()
    await core.mounts.reload()
    await post('sys/auth/userpass', { type: 'userpass' })
    for (const name of ['ann', 'bob', 'eve']) {
      await post(`auth/userpass/users/${name}`, { password: 'correct horse' })
      await post(`sys/policies/acl/${name}`, { policy: 'path "a" { capabilities = ["read"] }' })
      await post(`cubbyhole/${name}`, { a: '1' })
      await post('identity/entity', { name })
    }
    const list = async (path: string, data: object = {}) => {
      const { status, body } = await ask('list', path, data)
      return status === 200 ? body : status
    }
    return { list, get }
  }

  for (const path of [
    'auth/userpass/users/',
    'sys/policies/acl/',
    'cubbyhole/',
    'identity/entity/name/',
  ])
    it(`of ${path} are given in pages to a caller who asks for them`, async () => {
      const { list } = await made()
      const { data: whole, warnings } = await list(path)
      expect(warnings).to.equal(null)
      const seen: string[] = []
      for (let after = ''; ; after = seen.at(-1) ?? '') {
        const page = await list(path, { after, limit: '2' })
        if (page === 404) break
        expect(page.warnings).to.equal(null)
        expect(page.data.keys.length).to.be.within(1, 2)
        if (page.data.key_info)
          expect(Object.keys(page.data.key_info)).to.have.members(page.data.keys)
        seen.push(...page.data.keys)
      }
      expect(seen).to.deep.equal(whole.keys)
      const [first] = whole.keys
      expect((await list(path, { after: first })).data.keys).to.deep.equal(whole.keys.slice(1))
      expect((await list(path, { limit: 0 })).data).to.deep.equal(whole)
    })

  it('are refused for a limit that is no number', async () => {
    const { list } = await made()
    expect(await list('cubbyhole/', { limit: 'many' })).to.equal(400)
  })
})
