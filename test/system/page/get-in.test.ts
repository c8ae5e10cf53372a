import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { Browser } from '../../support/browser.ts'
import type { Host } from '../../support/lab.ts'
import { ENGINEER, logIn, makeUser, type PageUser } from '../../support/page-user.ts'
import { Site } from '../../support/site.ts'

describe('The page, for who logs in to a host', function () {
  this.timeout(60_000)
  let site: Site
  let browser: Browser
  let host: Host
  let alice: PageUser
  let page: Page

  before(async () => {
    site = await Site.start()
    host = await site.host({ name: 'web', number: 11 })
    await site.must('secrets', 'enable', 'ssh')
    await site.must(
      ...['write', 'ssh/roles/web', 'key_type=otp', 'default_user=bob', 'ttl=2m'],
      'cidr_list=10.77.0.0/16',
    )
    await site.must('auth', 'enable', 'userpass')
    alice = await makeUser(site, 'alice', ENGINEER)
    browser = await Browser.start(site)
    page = await browser.open('/')
  })

  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })

  it('opens at the address of the engine, and asks who it is', async () => {
    expect(new URL(page.url()).pathname).to.equal('/ui/')
    await logIn(page, alice)
  })

  it('gives a password that ssh logs in with, by one key press, and says so within a second', async () => {
    await page.keyboard.type(host.ip4)
    await page.getByRole('option', { name: /One-time password by web/ }).waitFor()
    await page.keyboard.press('Enter')
    const otp = await page.getByLabel('One-time password', { exact: true }).textContent()
    expect(await page.getByText(/^ssh /).textContent()).to.equal(`ssh bob@${host.ip4}`)
    const login = await site.login({ host, user: 'bob', otp: otp ?? '' })
    expect(login).to.deep.include({ code: 0, stdout: 'bob\n' })
    const used = page.getByText(/^Used at \d\d:\d\d:\d\d on 10\.77\.0\.11 from /)
    await used.waitFor({ timeout: 1_000 })
    expect(await page.content()).to.not.contain(otp)
  })

  it('keeps no secret outside its memory', async () => {
    const stored = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state])',
    )
    expect(stored).to.equal('[{},{},"",null]')
  })

  it('asks again after a reload', async () => {
    await page.reload()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
  })

  it('has broken no rule of its policy, and written nothing to the console', () => {
    expect(browser.faults).to.deep.equal({ violations: [], noise: [] })
  })
})
