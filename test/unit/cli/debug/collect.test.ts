import { expect } from 'chai'
import { collect } from '../../../../engine/cli/debug/collect.ts'

describe('collect', () => {
  it('says why a part is missing, without the tokens that a proxy repeats', async () => {
    const page = (token: string) => `Raw Message:\n\n<pre>X-Vault-Token: ${token}</pre>`
    for (const token of ['hvs.CAESIJ-_x', 'hvb.AAAA', `s.${'aB3'.repeat(8)}`]) {
      const contents = () => Promise.reject(new Error(page(token)))
      const { files, missing } = await collect([{ name: 'a.json', contents }], () => undefined)
      expect(files).to.deep.equal([])
      expect(missing).to.deep.equal({ 'a.json': page('(left out)') })
    }
  })
})
