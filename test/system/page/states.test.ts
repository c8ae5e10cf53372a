import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { Browser } from '../../support/browser.ts'
import { describeLong } from '../../support/describe-long.ts'
import { freePort } from '../../support/free-port.ts'
import { LastingEngine } from '../../support/lasting-engine.ts'
import { ENGINEER } from '../../support/page-user.ts'

const ALICE = { name: 'alice', password: 'correct horse battery' }
const MAIN = join(import.meta.dirname, '../../../engine/main.ts')

// real starts of engines take most of a minute

describeLong('The states of the page', function () {
  this.timeout(60_000)
  let engine: LastingEngine
  let browser: Browser
  let page: Page

  before(async () => {
    engine = await LastingEngine.start([process.execPath, MAIN])
    await engine.kill()
    const listener = `127.0.0.1:${await freePort()}`
    const config = readFileSync(engine.config, 'utf8').replace('127.0.0.1:0', listener)
    writeFileSync(engine.config, `ui = true\n${config}`)
    await engine.restart()
    await engine.ask('POST', 'sys/mounts/ssh', { type: 'ssh' })
    const role = { key_type: 'otp', default_user: 'bob', cidr_list: '10.0.0.0/8', ttl: '5m' }
    await engine.ask('POST', 'ssh/roles/web', role)
    await engine.ask('POST', 'sys/policies/acl/engineer', { policy: ENGINEER })
    await engine.ask('POST', 'sys/auth/userpass', { type: 'userpass' })
    const alice = { ...ALICE, token_policies: 'engineer' }
    await engine.ask('POST', 'auth/userpass/users/alice', alice)
    browser = await Browser.start({ folder: engine.folder, engineUrl: `http://${listener}` })
  })

  beforeEach(async () => {
    page = await browser.open('/ui/ssh/creds/web')
    await logIn()
  })

  afterEach(() => page.context().close())

  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await engine?.[Symbol.asyncDispose]()
  })

  async function logIn(): Promise<void> {
    await page.getByLabel('Name', { exact: true }).fill(ALICE.name)
    await page.getByLabel('Password').fill(ALICE.password)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Log out' }).waitFor()
  }

  const host = () => page.getByLabel('Address or name of the host')
  const password = () => page.getByLabel('One-time password', { exact: true })
  const menu = (name: string) => page.getByRole('link', { name, exact: true }).click()

  async function passwordFor(address: string): Promise<string> {
    await host().fill(address)
    await page.getByRole('button', { name: 'Get a password' }).click()
    await password().waitFor()
    return (await password().textContent()) ?? ''
  }

  it('shows what a deep link names after the login', async () => {
    await page.getByRole('heading', { name: 'Password by web' }).waitFor()
    expect(new URL(page.url()).pathname).to.equal('/ui/ssh/creds/web')
  })

  it('says that it is loading while the engine is slow, and that a list is empty', async () => {
    const seen = Promise.withResolvers<void>()
    await page.route('**/v1/sys/leases/self*', async route => {
      await seen.promise
      await route.continue()
    })
    await menu('My access')
    await page.getByRole('status').getByText('Loading …').waitFor()
    seen.resolve()
    await page.getByText('Nothing is open.').waitFor()
  })

  it('goes on by itself when the engine is unsealed: with what was typed, held, and could not be read', async () => {
    const otp = await passwordFor('10.0.0.1')
    await host().fill('10.0.0.99')
    await engine.ask('POST', 'sys/seal')
    await page.getByText('The engine is sealed').waitFor()
    expect(await host().inputValue()).to.equal('10.0.0.99')
    await page.getByRole('button', { name: 'Get a password' }).click()
    await page
      .getByText(/^Vault is sealed|sealed$/i)
      .last()
      .waitFor()
    expect(await password().textContent()).to.equal(otp)
    await menu('My access')
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    await engine.unseal()
    await page.getByRole('table').waitFor()
    await page.getByText('The engine is sealed').waitFor({ state: 'detached' })
    await page.goBack()
    expect(await password().textContent()).to.equal(otp)
    await engine.ask('POST', 'ssh/verify', { otp })
    await page.getByText(/^Used at/).waitFor()
  })

  it('goes on by itself when an engine that was killed is back', async () => {
    const otp = await passwordFor('10.0.0.2')
    await engine.kill()
    await page.getByText('The engine does not answer', { exact: true }).waitFor()
    await menu('My access')
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    await engine.restart()
    await page.getByRole('table').waitFor()
    await page.goBack()
    expect(await password().textContent()).to.equal(otp)
  })

  it('says that an engine is not initialized', async () => {
    await page.route('**/v1/**', route =>
      route.request().url().endsWith('/sys/health')
        ? route.fulfill({ status: 501, json: { initialized: false, sealed: true } })
        : route.fulfill({ status: 503, json: { errors: ['Vault is sealed'] } }),
    )
    await menu('My access')
    await page.getByText('The engine is not initialized').waitFor()
  })

  it('asks again who it is when the token was revoked elsewhere, and shows the same page afterwards', async () => {
    const revoked = page.waitForRequest('**/ssh/creds/web')
    await passwordFor('10.0.0.3')
    const token = (await revoked).headers()['x-vault-token']
    await engine.ask('POST', 'auth/token/revoke', { token })
    await page.getByText('Your login has ended').waitFor()
    expect(await password().count()).to.equal(0)
    await logIn()
    await page.getByRole('heading', { name: 'Password by web' }).waitFor()
  })

  it('forgets a password that is shown when it is reloaded', async () => {
    const otp = await passwordFor('10.0.0.4')
    await page.reload()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    await logIn()
    await host().waitFor()
    expect(await page.content()).not.to.contain(otp)
  })

  for (const [what, reply] of [
    ['the page of a proxy', { status: 200, contentType: 'text/html', body: '<html>Welcome' }],
    ['a refusal by a proxy', { status: 403, contentType: 'text/html', body: '<html>Forbidden' }],
    ['JSON that was cut off', { status: 200, contentType: 'application/json', body: '{"data":{' }],
  ] as const)
    it(`keeps the session, and says what it got, for ${what}`, async () => {
      await page.route('**/v1/sys/leases/self*', route => route.fulfill(reply), { times: 1 })
      await menu('My access')
      await page.getByRole('alert').getByText("is not the engine's").waitFor()
      await page.getByRole('button', { name: 'Try again' }).click()
      await page
        .getByText(/Nothing is open|Role/)
        .first()
        .or(page.getByRole('table'))
        .first()
        .waitFor()
    })

  it('goes back and forward, with the focus on the title', async () => {
    await menu('My access')
    await page.getByRole('heading', { name: 'My access' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Password by web' }).waitFor()
    await page.goForward()
    await page.getByRole('heading', { name: 'My access' }).waitFor()
    await page.waitForFunction("document.activeElement.tagName === 'H1'")
  })

  it('has broken no rule of its policy', () => {
    expect(browser.faults.violations).to.deep.equal([])
  })
})
