import { expect } from 'chai'
import { devConfig } from '../../../engine/config/config.ts'
import { banner } from '../../../engine/process/banner.ts'
import type { Server } from '../../../engine/server.ts'
import { quickServer } from '../../support/quick-server.ts'

const CONFIG = devConfig({ listenAddress: undefined, config: undefined })

describe('banner', () => {
  let server: Server
  before(async () => {
    server = await quickServer()
  })
  after(() => server[Symbol.asyncDispose]())

  const shown = (hasPage: boolean, more: object = {}) =>
    banner(server, { ...CONFIG, ...more }, { status: undefined, hasPage })

  it('says where the page is', () => {
    const address = `${server.listener.url}/ui/`
    expect(shown(true))
      .to.match(/Log Level: info\n +Page: /)
      .and.contain(` Page: ${address}\n`)
      .and.contain(`\nOr open ${address} in a browser, and log in with the root token.\n`)
    expect(shown(true, { apiAddress: 'https://engine.example.com' })).to.contain(
      ' Page: https://engine.example.com/ui/\n',
    )
  })

  it('says how to have it where it has not been built', () => {
    expect(shown(false)).to.contain(' Page: not built: npm run build\n').and.not.contain('browser')
  })

  it('says nothing of a page that nobody wants', () => {
    for (const ui of [false, undefined]) expect(shown(false, { ui })).to.not.match(/page|browser/i)
  })
})
