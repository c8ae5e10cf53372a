import { expect } from 'chai'
import type { Page, Route } from 'playwright-core'
import { Browser } from '../../support/browser.ts'
import { describeLong } from '../../support/describe-long.ts'
import { EngineProcess } from '../../support/engine-process.ts'
import { ENGINEER, logIn } from '../../support/page-user.ts'
import { until } from '../../support/until.ts'

const ALICE = { name: 'alice', password: 'correct horse battery' }
const CREDS = '**/v1/ssh/creds/*'

describeLong('An impatient user of the page', function () {
  this.timeout(60_000)
  let engine: EngineProcess
  let browser: Browser
  let page: Page

  before(async () => {
    engine = await EngineProcess.start(() => ({ ui: true }))
    await engine.post('sys/mounts/ssh', { type: 'ssh' })
    await engine.post('sys/policies/acl/engineer', { policy: ENGINEER })
    await engine.post('sys/auth/userpass', { type: 'userpass' })
    await engine.post('auth/userpass/users/alice', {
      ...ALICE,
      token_policies: 'engineer',
      token_ttl: '4m',
      token_max_ttl: '1h',
    })
    const role = { key_type: 'otp', default_user: 'bob', cidr_list: '10.0.0.0/8' }
    await engine.post('ssh/roles/web', { ...role, ttl: '1m' })
    await engine.post('ssh/roles/database', { ...role, ttl: '10s' })
    browser = await Browser.start({ folder: engine.folder, engineUrl: engine.url })
  })

  beforeEach(async () => {
    page = await browser.open('/ui/ssh/creds/web')
    await page.getByLabel('Name', { exact: true }).fill(ALICE.name)
    await page.getByLabel('Password').fill(ALICE.password)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Get a password' }).waitFor()
  })

  afterEach(() => page.context().close())

  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await engine?.[Symbol.asyncDispose]()
  })

  async function request(ip: string): Promise<void> {
    await page.getByLabel('Address or name of the host').fill(ip)
    await page.getByRole('button', { name: 'Get a password' }).click()
  }

  const passwords = () => page.getByLabel('One-time password', { exact: true })
  const use = async (otp: string) =>
    expect((await engine.post('ssh/verify', { otp }, '')).status).to.equal(200)

  /** Keeps the replies to requests back until they are let through. */
  async function held(address: string): Promise<readonly Route[]> {
    const routes: Route[] = []
    await page.route(address, route => {
      routes.push(route)
    })
    return routes
  }

  async function firstOf(routes: readonly Route[]): Promise<Route> {
    while (routes[0] === undefined) await page.waitForTimeout(20)
    return routes[0]
  }

  it('gets one password by a double click', async () => {
    let asked = 0
    await page.route(CREDS, async route => {
      asked++
      await page.waitForTimeout(200)
      await route.continue()
    })
    await page.getByLabel('Address or name of the host').fill('10.0.0.1')
    await page.getByRole('button', { name: 'Get a password' }).dblclick()
    await passwords().waitFor()
    await page.getByRole('button', { name: 'Get another one' }).dblclick()
    await until(() => asked === 2)
    // time for a third one
    await page.waitForTimeout(600)
    expect(await passwords().count()).to.equal(1)
    expect(asked).to.equal(2)
  })

  it('has passwords for many hosts, and still can use the page, and is told of each that is used', async () => {
    for (let host = 1; host <= 8; host++) {
      await request(`10.0.1.${host}`)
      await passwords()
        .nth(host - 1)
        .waitFor()
    }
    const otp = await passwords().last().textContent()
    await use(otp ?? '')
    await page.getByText(/^Used at/).waitFor()
    await page.getByRole('link', { name: 'My access' }).click()
    await page.getByRole('row').nth(7).waitFor()
  })

  it('stays logged in, and is told afterwards that a password was used', async () => {
    const questions = await held('**/v1/ssh/otp')
    await request('10.0.0.2')
    const otp = await passwords().textContent()
    const question = await firstOf(questions)
    const renewed = page.waitForResponse('**/auth/token/renew-self')
    await page.getByRole('button', { name: 'Stay logged in' }).click()
    await renewed
    await question.fulfill({ json: { data: { state: 'waiting' } } })
    await page.unroute('**/v1/ssh/otp')
    await use(otp ?? '')
    await page.getByText(/^Used at/).waitFor()
  })

  it('logs out while a password is under way, which the next user does not see', async () => {
    const routes = await held(CREDS)
    await request('10.0.0.3')
    const route = await firstOf(routes)
    const reply = await route.fetch()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByText('what was issued to you has ended').waitFor()
    await logIn(page, ALICE)
    await route.fulfill({ response: reply })
    await page.waitForTimeout(200)
    expect(await page.getByText('Issued to you in this tab').count()).to.equal(0)
    expect(await page.content()).not.to.contain((await reply.json()).data.key)
  })

  it('is told when the engine did not confirm that what was issued has ended', async () => {
    await page.route('**/auth/token/revoke-self', route => route.abort())
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByText('the engine did not confirm it').waitFor()
  })

  it('keeps a password that cannot be replaced until it expires, without asking in haste', async () => {
    await page.getByRole('button', { name: /^Search/ }).click()
    await page.getByRole('dialog').getByRole('combobox').fill('database')
    await page.getByRole('option', { name: /database/ }).click()
    await request('10.0.0.4')
    await passwords().waitFor()
    let asked = 0
    await page.route(CREDS, route => {
      asked++
      return route.fulfill({ status: 403, json: { errors: ['permission denied'] } })
    })
    await page.getByLabel(/^Replace it before it expires/).check()
    await page.getByText('It expired without being used').waitFor()
    expect(asked).to.be.within(1, 5)
  })
})
