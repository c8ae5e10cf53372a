import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { Browser } from '../../support/browser.ts'
import { EngineProcess } from '../../support/engine-process.ts'
import { ENGINEER, logIn } from '../../support/page-user.ts'

const ALICE = { name: 'alice', password: 'correct horse battery' }
const IP = '10.1.2.3'

describe('Secrets in the page', function () {
  this.timeout(60_000)
  let engine: EngineProcess
  let browser: Browser
  let page: Page
  let otp: string
  const secrets = () => [otp, ALICE.password, ...tokens]
  const tokens = new Set<string>()
  const addresses: string[] = []

  before(async () => {
    engine = await EngineProcess.start(() => ({ ui: true }))
    await engine.post('sys/mounts/ssh', { type: 'ssh' })
    await engine.post('sys/policies/acl/engineer', { policy: ENGINEER })
    await engine.post('sys/auth/userpass', { type: 'userpass' })
    await engine.post('auth/userpass/users/alice', { ...ALICE, policies: 'engineer' })
    const role = { key_type: 'otp', default_user: 'bob', cidr_list: '10.0.0.0/8' }
    await engine.post('ssh/roles/web', { ...role, ttl: '1m' })
    browser = await Browser.start({ folder: engine.folder, engineUrl: engine.url })
    page = await browser.open('/ui/')
    page.on('request', request => {
      addresses.push(request.url())
      const token = request.headers()['x-vault-token']
      if (token) tokens.add(token)
    })
    await logIn(page, ALICE)
    await page.keyboard.type(IP)
    await page.getByRole('option', { name: /One-time password/ }).waitFor()
    await page.keyboard.press('Enter')
    otp = (await shownOtp().textContent()) ?? ''
  })

  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await engine?.[Symbol.asyncDispose]()
  })

  const shownOtp = () => page.getByLabel('One-time password', { exact: true })

  it('are in no address, title, history, cookie or storage, and nothing that the browser keeps', async () => {
    expect(otp).to.match(/^[0-9a-f-]{36}$/)
    expect([...tokens]).to.have.lengthOf(1)
    const kept = await page.evaluate(`(async () => JSON.stringify([
      location.href, document.title, document.referrer, history.state, document.cookie,
      { ...localStorage }, { ...sessionStorage }, await indexedDB.databases(), await caches?.keys(),
      performance.getEntries().map(({ name }) => name), (await navigator.serviceWorker?.getRegistrations())?.length,
    ]))()`)
    for (const secret of secrets()) {
      expect(kept).not.to.contain(secret)
      expect(addresses.join('\n')).not.to.contain(secret)
    }
  })

  it('are worth nothing to who has the address of the page', async () => {
    const other = await browser.open(new URL(page.url()).pathname)
    await other.getByRole('heading', { name: 'Log in' }).waitFor()
    await other.context().close()
  })

  it('are copied on request, and what is in the clipboard after the use opens nothing', async () => {
    await page.getByRole('button', { name: 'Copy the password' }).click()
    await page.getByText('Copied').waitFor()
    const copied = await page.evaluate('navigator.clipboard.readText()')
    expect(copied).to.equal(otp)
    expect((await engine.post('ssh/verify', { otp: copied }, '')).status).to.equal(200)
    await page.getByText(/^Used at/).waitFor()
    expect((await engine.post('ssh/verify', { otp: copied }, '')).status).to.equal(400)
    expect(await page.content()).not.to.contain(otp)
  })

  describe('are kept from another site', () => {
    let elsewhere: Server
    let theirs: Page
    before(async () => {
      elsewhere = createServer((_, reply) => {
        reply.setHeader('content-type', 'text/html')
        reply.end(`<iframe src="${engine.url}/ui/"></iframe>`)
      })
      await new Promise<void>(resolve => elsewhere.listen(0, '127.0.0.1', resolve))
      theirs = await page.context().newPage()
      // another host name is another site
      await theirs.goto(`http://localhost:${(elsewhere.address() as AddressInfo).port}/`)
    })
    after(() => {
      elsewhere.closeAllConnections()
      elsewhere.close()
    })

    it('which cannot show the page in a frame', async () => {
      const urls = () =>
        theirs
          .frames()
          .filter(frame => frame !== theirs.mainFrame())
          .map(frame => frame.url())
      // the page around it has loaded before its own error is shown
      for (let tries = 0; urls().includes('') && tries < 100; tries++) await setTimeout(50)
      expect(urls()).to.deep.equal(['chrome-error://chromewebdata/'])
    })

    it('which cannot ask the engine, not even without a token', async () => {
      const asked = `fetch('${engine.url}/v1/sys/health').then(reply => reply.text(), error => error.name)`
      expect(await theirs.evaluate(asked)).to.equal('TypeError')
      const posted = `fetch('${engine.url}/v1/auth/token/revoke-self', { method: 'POST', credentials: 'include', mode: 'no-cors' }).then(({ type }) => type)`
      expect(await theirs.evaluate(posted)).to.equal('opaque')
      const [token = ''] = tokens
      const { status } = await engine.ask('GET', 'auth/token/lookup-self', undefined, token)
      expect(status, 'the token of the page was not sent').to.equal(200)
    })

    it('which has no hold on a page that it opens', async () => {
      const [opened] = await Promise.all([
        theirs.context().waitForEvent('page'),
        theirs.evaluate(`void (globalThis.opened = open('${engine.url}/ui/'))`),
      ])
      await opened.waitForLoadState()
      expect(await opened.evaluate('opener')).to.equal(null)
      // the browser tells the page that opened it, which is a process of its own
      await theirs.waitForFunction('globalThis.opened.closed')
    })
  })

  it('have broken no rule of the policy, and none is in the console', () => {
    expect(browser.faults).to.deep.equal({ violations: [], noise: [] })
  })

  describe('of a user who logs out', () => {
    it('are gone from the page, and worth nothing', async () => {
      await page.getByRole('button', { name: 'Get another one' }).click()
      const fresh = (await shownOtp().textContent()) ?? ''
      await page.getByRole('button', { name: 'Log out' }).click()
      await page.getByText(/^You are logged out/).waitFor()
      expect(await page.content()).not.to.contain(fresh)
      expect((await engine.post('ssh/verify', { otp: fresh }, '')).status).to.equal(400)
    })
  })
})
