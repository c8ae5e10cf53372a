import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { Browser } from '../../support/browser.ts'
import { EngineProcess } from '../../support/engine-process.ts'
import { logIn } from '../../support/page-user.ts'

const ALICE = { name: 'alice', password: 'correct horse battery' }

const POLICY = `
path "ssh/lookup" { capabilities = ["update"] }
path "ssh/creds/web" { capabilities = ["update"] }
path "ssh/sign/engineers" { capabilities = ["update"] }
path "ssh/certs/*" { capabilities = ["read", "list"] }
path "ssh/revoke" { capabilities = ["update"] }
path "ssh/revoke/preview" { capabilities = ["update"] }
`

describe('The page by the keyboard alone', function () {
  this.timeout(60_000)
  let engine: EngineProcess
  let browser: Browser
  let page: Page
  let keyFile: string

  before(async () => {
    engine = await EngineProcess.start(() => ({ ui: true }))
    await engine.post('sys/mounts/ssh', { type: 'ssh' })
    await engine.post('ssh/issuers/import/2026', { key_type: 'ssh-ed25519' })
    const otp = { key_type: 'otp', default_user: 'bob', cidr_list: '10.0.0.0/8', ttl: '5m' }
    await engine.post('ssh/roles/web', otp)
    const ca = { key_type: 'ca', allow_user_certificates: true, allowed_users: 'bob' }
    await engine.post('ssh/roles/engineers', { ...ca, default_user: 'bob', ttl: '1h' })
    await engine.post('sys/policies/acl/alice', { policy: POLICY })
    await engine.post('sys/auth/userpass', { type: 'userpass' })
    await engine.post('auth/userpass/users/alice', { ...ALICE, token_policies: 'alice' })
    keyFile = join(engine.folder, 'id_ed25519')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', keyFile])
    const public_key = readFileSync(`${keyFile}.pub`, 'utf8')
    for (let count = 0; count < 51; count++) await engine.post('ssh/sign/engineers', { public_key })
    browser = await Browser.start({ folder: engine.folder, engineUrl: engine.url })
    page = await browser.open('/ui/')
  })

  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await engine?.[Symbol.asyncDispose]()
  })

  const press = (key: string) => page.keyboard.press(key)

  /** What has the focus: the text of a button, a link or a title, or the label of a field. */
  const focus = (): Promise<string> =>
    page.evaluate(`(() => {
      const at = document.activeElement
      return (at.ariaLabel ?? at.labels?.[0]?.innerText ?? at.innerText ?? at.tagName).trim().split('\\n')[0]
    })()`)

  async function focusComesTo(what: string): Promise<void> {
    for (let tries = 0; tries < 100 && (await focus()) !== what; tries++)
      await page.waitForTimeout(30)
    expect(await focus()).to.equal(what)
  }

  /** Presses Tab until something has the focus. */
  async function tabTo(what: string, key = 'Tab'): Promise<void> {
    for (let tries = 0; tries < 80; tries++) {
      await press(key)
      if ((await focus()) === what) return
    }
    expect.fail(`Tab does not lead to "${what}"`)
  }

  /** The text of the option that a screen reader reads in the combobox. */
  const active = (): Promise<string | undefined> =>
    page.evaluate(
      'document.getElementById(document.activeElement.getAttribute("aria-activedescendant"))?.querySelector(".what").textContent',
    )

  const title = (name: string) => page.getByRole('heading', { name, exact: true, level: 1 })

  it('says that a login failed where the focus is, then logs in', async () => {
    await focusComesTo('Name')
    await page.keyboard.type(ALICE.name)
    await press('Tab')
    await page.keyboard.type('wrong')
    await press('Enter')
    await focusComesTo('invalid username or password')
    await tabTo('Name')
    await press('Control+a')
    await logIn(page, ALICE)
    await focusComesTo('Host, address or role')
  })

  it('chooses in the combobox by arrows, and empties it by Escape', async () => {
    await page.keyboard.type('e')
    await page.getByRole('option', { name: /^web/ }).waitFor()
    const first = await active()
    await press('ArrowDown')
    expect(await active()).not.to.equal(first)
    await press('ArrowUp')
    await press('ArrowUp')
    expect(await active()).to.equal(first)
    await press('Home')
    await page.keyboard.type('w')
    expect(await page.getByRole('combobox').inputValue()).to.equal('we')
    await press('Escape')
    expect(await page.getByRole('combobox').inputValue()).to.equal('')
  })

  it('opens the search by Ctrl K, and closes it by Escape, which gives the focus back', async () => {
    await tabTo('My access', 'Shift+Tab')
    await press('Control+k')
    await page.getByRole('dialog').waitFor()
    await focusComesTo('Host, address or role')
    await press('Escape')
    await focusComesTo('My access')
  })

  it('goes to a page by the search, where the title has the focus', async () => {
    await press('Control+k')
    await focusComesTo('Host, address or role')
    await page.keyboard.type('my acc')
    await page.getByRole('option', { name: /My access/ }).waitFor()
    await press('Enter')
    await title('My access').waitFor()
    await focusComesTo('My access')
    expect(await page.evaluate('document.activeElement.tagName')).to.equal('H1')
  })

  it('gets a password, which is not read aloud by itself, copies it and revokes it', async () => {
    await press('Control+k')
    await focusComesTo('Host, address or role')
    await page.keyboard.type('10.0.0.1')
    await page.getByRole('option', { name: /One-time password by web/ }).waitFor()
    await press('Enter')
    const password = page.getByLabel('One-time password', { exact: true })
    const otp = await password.textContent()
    expect(await spoken(page)).not.to.contain(otp)
    await tabTo('Copy the password')
    await press('Enter')
    await page.getByText('Copied').waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).to.equal(otp)
    expect(await spoken(page)).to.contain('Copied')
    await tabTo('Revoke it')
    await press('Enter')
    await page.getByText('It is revoked.').waitFor()
    expect(await spoken(page)).to.contain('It is revoked.')
    await focusComesTo('Password by web')
  })

  it('signs a key of a file, after saying what is wrong with another', async () => {
    await press('Control+k')
    await focusComesTo('Host, address or role')
    await page.keyboard.type('engineers')
    await press('Enter')
    await title('Certificate by engineers').waitFor()
    await tabTo('Your public key')
    await page.keyboard.type('nonsense')
    await tabTo('Sign it')
    await press('Enter')
    await focusComesTo(
      'This is no public key of OpenSSH: it begins with ssh-ed25519, ecdsa-… or ssh-rsa.',
    )
    await tabTo('Pick a file', 'Shift+Tab')
    // the browser's own dialog, which Enter opens, is not the page's
    await page.getByLabel('Pick a file').setInputFiles(`${keyFile}.pub`)
    await tabTo('Sign it')
    await press('Enter')
    await page.getByText('What it allows').waitFor()
    await tabTo('Save the certificate', 'Shift+Tab')
  })

  it('pages a list, and keeps the focus on the last page', async () => {
    await tabTo('Certificates', 'Shift+Tab')
    await press('Enter')
    await page.getByRole('table').waitFor()
    await focusComesTo('Certificates')
    await tabTo('Next page')
    await press('Enter')
    await page.getByRole('row').nth(2).waitFor()
    await page.getByRole('row').nth(50).waitFor({ state: 'detached' })
    expect(await focus()).to.equal('Next page')
  })

  it('asks in a dialog before it revokes, which gives the focus back', async () => {
    const serial = (await page.getByRole('row').nth(1).getByRole('link').textContent()) ?? ''
    await tabTo(serial, 'Shift+Tab')
    await press('Enter')
    await title(`Certificate ${serial}`).waitFor()
    await tabTo('Revoke this certificate')
    await press('Enter')
    await page
      .getByRole('dialog')
      .getByText(/^This stops/)
      .waitFor()
    expect(await page.evaluate('document.activeElement.closest("dialog") !== null')).to.equal(true)
    await press('Escape')
    await focusComesTo('Revoke this certificate')
    await press('Enter')
    await page
      .getByRole('dialog')
      .getByText(/^This stops/)
      .waitFor()
    expect(await focus()).to.equal('Cancel')
    await press('Shift+Tab')
    expect(await page.evaluate('document.activeElement.tagName')).to.equal('BUTTON')
    expect(await focus()).to.equal('Revoke this certificate')
    await press('Enter')
    await page.getByText('revoked', { exact: true }).waitFor()
    await focusComesTo(`Certificate ${serial}`)
  })

  it('has broken no rule of its policy, and written nothing to the console', () => {
    expect(browser.faults).to.deep.equal({ violations: [], noise: [] })
  })
})

/** What is in live regions, which a screen reader reads by itself. */
const spoken = (page: Page): Promise<string> =>
  page.evaluate(`[...document.querySelectorAll('[aria-live=polite], [role=status], [role=alert], output')]
    .filter(region => region.ariaLive !== 'off').map(region => region.textContent).join('\\n')`)
