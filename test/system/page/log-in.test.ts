import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { Browser } from '../../support/browser.ts'
import { EngineProcess } from '../../support/engine-process.ts'
import { ENGINEER, logIn } from '../../support/page-user.ts'
import { provider } from '../../support/provider.ts'

const ALICE = { name: 'alice', password: 'correct horse battery' }

describe('The login of the page', function () {
  this.timeout(60_000)
  let engine: EngineProcess
  let browser: Browser
  let page: Page
  let them: Awaited<ReturnType<typeof provider>>

  before(async () => {
    engine = await EngineProcess.start(() => ({ ui: true }))
    const callback = `${engine.url}/ui/auth/oidc/oidc/callback`
    them = await provider(callback)
    const shown = { config: { listing_visibility: 'unauth' } }
    await engine.post('sys/mounts/ssh', { type: 'ssh' })
    await engine.post('sys/policies/acl/engineer', { policy: ENGINEER })
    await engine.post('sys/auth/userpass', { type: 'userpass', ...shown })
    await engine.post('auth/userpass/users/alice', { ...ALICE, policies: 'engineer' })
    await engine.post('sys/auth/oidc', { type: 'oidc', ...shown })
    await engine.post('auth/oidc/config', { ...them.config, default_role: 'people' })
    await engine.post('auth/oidc/role/people', {
      ...{ user_claim: 'sub', token_policies: 'engineer', allowed_redirect_uris: callback },
    })
    browser = await Browser.start({ folder: engine.folder, engineUrl: engine.url })
  })
  beforeEach(async () => {
    page = await browser.open('/ui/')
  })
  afterEach(() => page.context().close())

  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await them?.[Symbol.asyncDispose]()
    await engine?.[Symbol.asyncDispose]()
  })

  const atStart = () =>
    page.getByRole('heading', { name: 'Where do you want to log in?' }).waitFor()
  const choose = (method: string) =>
    page.getByLabel('Method', { exact: true }).selectOption({ label: method })

  /** The tokens that the page has sent from now on. */
  function sentTokens(): Set<string> {
    const tokens = new Set<string>()
    page.on('request', request => {
      const token = request.headers()['x-vault-token']
      if (token) tokens.add(token)
    })
    return tokens
  }

  it('says that a password is wrong, and forgets it', async () => {
    await choose('Name and password')
    await page.getByLabel('Name', { exact: true }).fill('alice')
    await page.getByLabel('Password').fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('invalid username or password').waitFor()
    expect(await page.getByLabel('Password').inputValue()).to.equal('')
  })

  it('revokes the token when the user logs out, and shows nothing of the session any more', async () => {
    const tokens = sentTokens()
    await choose('Name and password')
    await logIn(page, ALICE)
    const [token = ''] = tokens
    expect((await engine.ask('GET', 'auth/token/lookup-self', undefined, token)).status).to.equal(
      200,
    )
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByText(/^You are logged out/).waitFor()
    expect((await engine.ask('GET', 'auth/token/lookup-self', undefined, token)).status).to.equal(
      403,
    )
    expect(await page.content()).not.to.contain('alice')
  })

  it('takes a token', async () => {
    await choose('Token')
    await page.getByLabel('Token').fill(engine.token)
    await page.keyboard.press('Enter')
    await atStart()
  })

  it('says of a text that is no token that it is none, and not that the engine is away', async () => {
    await choose('Token')
    await page.getByLabel('Token').fill('žeton 🔑')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('This is no token').waitFor()
    expect(await page.getByText('The engine does not answer').count()).to.equal(0)
  })

  it('forgets the path of a method with the method', async () => {
    await choose('Name and password')
    await page.getByText('More').click()
    await page.getByLabel('Path of the method').fill('people')
    await choose('Single sign-on')
    await choose('Name and password')
    expect(await page.getByLabel('Path of the method').inputValue()).to.equal('')
  })

  it('finds a method at a path of its own', async () => {
    await engine.post('sys/auth/people', { type: 'userpass' })
    await engine.post('auth/people/users/bob', { ...ALICE, policies: 'engineer' })
    await choose('Name and password')
    await page.getByText('More').click()
    await page.getByLabel('Path of the method').fill('people')
    await page.getByLabel('Name', { exact: true }).fill('bob')
    await page.getByLabel('Password').fill(ALICE.password)
    await page.keyboard.press('Enter')
    await atStart()
  })

  it('leads to a provider and back, and leaves neither code nor state behind', async () => {
    await choose('Single sign-on')
    await page.getByRole('button', { name: 'Go to single sign-on' }).click()
    await page.locator('input[name=login]').fill('ann')
    await page.locator('input[name=password]').fill('x')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Continue' }).click()
    await atStart()
    expect(page.url()).to.equal(`${engine.url}/ui/`)
    await page.getByText('oidc-ann', { exact: true }).waitFor()
    const kept =
      'JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie, history.state])'
    expect(await page.evaluate(kept)).to.equal('[{},{},"",null]')
    await page.goBack().catch(() => undefined)
    expect(page.url()).not.to.match(/[?&]code=/)
  })

  it('takes no return from a provider that this tab did not leave for, and cleans the address', async () => {
    await page.goto(`${engine.url}/ui/auth/oidc/oidc/callback?code=theirs&state=theirs`)
    await page.getByText(/^This login was not begun in this tab/).waitFor()
    expect(page.url()).to.equal(`${engine.url}/ui/`)
    expect(them.tokensAsked()).to.be.below(2)
  })

  it('has broken no rule of its policy, and written nothing to the console', () => {
    expect(browser.faults).to.deep.equal({ violations: [], noise: [] })
  })
})
