import { expect } from 'chai'
import { BareHost, NOT_SET_UP, SET_UP } from '../../support/bare-host.ts'
import { Site } from '../../support/site.ts'

describe('A host that is set up by one command', function () {
  this.timeout(60_000)

  let site: Site
  let bare: BareHost
  let untouched: string

  before(async () => {
    site = await Site.start()
    await BareHost.prepare(site)
    bare = await BareHost.start(site, { name: 'bare', number: 41, release: 'bookworm' })
    untouched = await bare.files()
  })
  after(() => site[Symbol.asyncDispose]())

  it('lets users in with one-time passwords, keys, and nothing else', async () => {
    const { code, stdout, stderr } = await bare.setup('-yes', ...bare.engine)
    expect([code, stderr], stdout).to.deep.equal([0, ''])
    expect(await bare.logins()).to.deep.equal(SET_UP)
  })

  it('is as it was after -undo, byte for byte', async () => {
    const { code, stderr } = await bare.setup('-undo', '-yes')
    expect([code, stderr]).to.deep.equal([0, ''])
    expect(await bare.files()).to.equal(untouched)
    expect(await bare.logins()).to.deep.equal(NOT_SET_UP)
  })
})
