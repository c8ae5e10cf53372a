import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { Browser } from '../../support/browser.ts'
import { EngineProcess } from '../../support/engine-process.ts'
import { logIn } from '../../support/page-user.ts'

/** Sees what there is, and may change nothing. */
const VIEWER = `
path "ssh/hosts/*" { capabilities = ["read", "list"] }
path "ssh/certs/*" { capabilities = ["read", "list"] }
path "ssh/roles/*" { capabilities = ["read", "list"] }
path "ssh/issuers" { capabilities = ["list"] }
path "ssh/issuer/*" { capabilities = ["read"] }
path "sys/audit" { capabilities = ["sudo"] }
`

/** What docs/page.md names for each page. */
const ADMINISTRATOR = `
path "ssh/hosts/*" { capabilities = ["read", "update", "list"] }
path "ssh/roles/*" { capabilities = ["read", "list"] }
path "ssh/explain" { capabilities = ["update", "sudo"] }
path "ssh/issuers" { capabilities = ["list"] }
path "ssh/issuers/import" { capabilities = ["update"] }
path "ssh/issuer/*" { capabilities = ["read", "delete"] }
path "ssh/config/issuers" { capabilities = ["update"] }
`

describe('The rights of whoever looks at the page', function () {
  this.timeout(60_000)
  let engine: EngineProcess
  let browser: Browser
  let page: Page

  before(async () => {
    engine = await EngineProcess.start(() => ({ ui: true }))
    await engine.post('sys/mounts/ssh', { type: 'ssh' })
    await engine.post('sys/auth/userpass', { type: 'userpass' })
    await engine.post('ssh/roles/web', { key_type: 'otp', default_user: 'bob', cidr_list: '::/0' })
    await engine.post('ssh/hosts/web-1', { addresses: ['10.1.2.3'] })
    await engine.post('ssh/issuers/import/first', { generate_signing_key: true })
    await engine.post('identity/entity', { name: 'carol' })
    for (const [name, policy] of Object.entries({ viewer: VIEWER, admin: ADMINISTRATOR })) {
      await engine.post(`sys/policies/acl/${name}`, { policy })
      const user = { password: 'correct horse battery', token_policies: name }
      await engine.post(`auth/userpass/users/${name}`, user)
    }
    browser = await Browser.start({ folder: engine.folder, engineUrl: engine.url })
  })

  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await engine?.[Symbol.asyncDispose]()
  })

  afterEach(() => page.context().close())

  async function openAs(name: string): Promise<void> {
    page = await browser.open('/ui/')
    await logIn(page, { name, password: 'correct horse battery' })
    await page.getByRole('link', { name: 'Hosts', exact: true }).waitFor()
  }

  const follow = (name: string) => page.getByRole('link', { name, exact: true }).click()

  async function buttons(shown: string): Promise<readonly string[]> {
    await page.getByText(shown, { exact: true }).first().waitFor()
    await page.waitForLoadState('networkidle')
    return page.locator('main button').allTextContents()
  }

  it('show who may change nothing no button that changes something', async () => {
    await openAs('viewer')
    expect(await page.locator('nav a').allTextContents()).not.to.include('Audit log')
    await follow('Hosts')
    await follow('web-1')
    expect(await buttons('10.1.2.3')).to.deep.equal([])
    await follow('Issuers')
    expect(await buttons('Valid certificates')).to.deep.equal(['Copy the public key'])
    await follow('Roles')
    expect(await buttons('web')).to.deep.equal(['Ask the engine'])
    expect(await page.getByLabel('For whom').count()).to.equal(0)
  })

  it('let an administrator disable a host', async () => {
    await openAs('admin')
    await follow('Hosts')
    await follow('web-1')
    await page.getByRole('button', { name: 'Disable this host' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Disable this host' }).dblclick()
    await page.getByRole('button', { name: 'Enable this host' }).waitFor()
    expect((await engine.ask('GET', 'ssh/hosts/web-1')).body.data.disabled).to.equal(true)
  })

  it('let an administrator rotate issuers, with one issuer for a double click', async () => {
    await openAs('admin')
    await follow('Issuers')
    await page.getByLabel('Name', { exact: true }).fill('second')
    await page.getByRole('button', { name: 'Add an issuer' }).dblclick()
    const second = page.getByLabel('second', { exact: true })
    await second.getByRole('button', { name: 'Make it the default' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Make it the default' }).click()
    await second.getByText('default', { exact: true }).waitFor()
    expect(await page.getByRole('alert').count()).to.equal(0)
    const { body } = await engine.ask('LIST', 'ssh/issuers')
    expect(body.data.keys).to.have.lengthOf(2)
  })

  it('let an administrator judge what somebody else would get', async () => {
    await openAs('admin')
    await follow('Roles')
    await page.getByLabel('Host or address').fill('10.1.2.3')
    await page.getByLabel('For whom').fill('carol')
    await page.getByRole('button', { name: 'Ask the engine' }).click()
    await page.getByRole('table').getByText('refused', { exact: true }).waitFor()
  })
})
