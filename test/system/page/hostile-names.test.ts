import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { Browser } from '../../support/browser.ts'
import { describeLong } from '../../support/describe-long.ts'
import { type FilledSite, fillSite } from '../../support/filled-site.ts'
import { logIn } from '../../support/page-user.ts'
import { Site } from '../../support/site.ts'
import { until } from '../../support/until.ts'

/** Texts that become code where a page writes them as markup, as an attribute, as a style, an address or a script. */
const CORPUS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '"><iframe srcdoc="<script>parent.alert(1)</script>">',
  "' autofocus onfocus='alert(1)",
  '" style="background:url(//192.0.2.1/x)" x="',
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  '</title><script>alert(1)</script>',
  '</style><style>*{display:none}</style>',
  '{{constructor.constructor("alert(1)")()}}',
  `\${alert(1)}`,
  '<a href="https://192.0.2.1" target="_blank">log in again</a>',
  '__proto__',
  'constructor',
  '\u202egpj.exe\u202c',
  'a\u0000b<b>c',
  '../../sys/seal',
  '%2e%2e%2f%3Cscript%3E',
]

/** Requests that put a text in as many places as there are. */
function writesOf(text: string, index: number, publicKey: string) {
  const part = encodeURIComponent(text)
  const role = `hostile-${index}`
  const named = { default_user: text, default_extensions: { [text]: text }, allowed_users: '*' }
  return [
    [`ssh/roles/${role}`, { key_type: 'ca', ...named, ...SIGNS }],
    [`ssh/sign/${role}`, { public_key: publicKey, key_id: text, valid_principals: 'bob' }],
    [`ssh/roles/${part}`, { key_type: 'otp', default_user: text, cidr_list: '0.0.0.0/0' }],
    [`ssh/hosts/host-${index}`, { groups: [text] }],
    [`ssh/hosts/${part}`, {}],
    [`ssh/issuers/import/issuer-${index}`, { key_type: 'ssh-ed25519' }],
    [`ssh/issuer/issuer-${index}`, { issuer_name: text }],
    [`auth/userpass/login/${part}`, { password: text }],
    [`identity/entity/name/${part}`, { metadata: { [text]: text } }],
  ] as const
}

const SIGNS = { allow_user_certificates: true, allow_user_key_ids: true }

describeLong('Names that users choose, in the page', function () {
  this.timeout(120_000)
  let site: Site
  let browser: Browser
  let filled: FilledSite
  let page: Page
  let taken = 0

  before(async () => {
    site = await Site.start()
    filled = await fillSite(site)
    await plantAll()
    browser = await Browser.start(site)
    page = await browser.open('/')
    await logIn(page, filled.sysadmin)
  })

  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })

  /** Writes each name wherever the engine takes it; what it refuses cannot reach the page but as an error. */
  async function plantAll(): Promise<void> {
    const requests = CORPUS.flatMap((text, index) => writesOf(text, index, filled.publicKey))
    const words = requests.flatMap(([path, data], index) => {
      const file = join(site.folder, `hostile-${index}.json`)
      writeFileSync(file, JSON.stringify(data))
      return [
        ...(index > 0 ? ['--next'] : []),
        ...['-sS', '-o', '/dev/null', '-w', '%{http_code}\n', '--path-as-is', '-X', 'POST'],
        ...['--cacert', site.authority.caFile, '-d', `@${file}`],
        ...['-H', `X-Vault-Token: ${site.environment.POSTERN_TOKEN}`],
        `${site.engineUrl}/v1/${path}`,
      ]
    })
    const { stdout } = await site.run(['curl', ...words])
    taken = stdout.split('\n').filter(status => status.startsWith('20')).length
  }

  it('are many, so that this tests something', () => {
    expect(taken).to.be.above(2 * CORPUS.length)
  })

  for (const name of [
    'Hosts',
    'Certificates',
    'Roles',
    'Issuers',
    'Audit log',
    'My access',
    'Engine',
  ])
    it(`are text on the page ${name}`, async () => {
      await page.getByRole('link', { name, exact: true }).click()
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      expect(await foreign()).to.deep.equal([])
    })

  it('are text on the page of each thing', async () => {
    for (const list of ['Hosts', 'Certificates', 'Roles'])
      for (const index of [0, 1, 2]) {
        await page.getByRole('link', { name: list, exact: true }).click()
        await page.getByRole('rowheader').nth(index).getByRole('link').click()
        await page.waitForLoadState('networkidle')
        expect(await foreign(), list).to.deep.equal([])
      }
  })

  it('are text in the search, in addresses and in errors', async () => {
    for (const text of CORPUS) {
      await page.keyboard.press('Control+k')
      await page.getByRole('dialog').getByRole('combobox').fill(text)
      await page.waitForTimeout(200)
      expect(await foreign(), text).to.deep.equal([])
      await page.keyboard.press('Escape')
      const [away] = await Promise.all([
        page.evaluate(
          `history.pushState(null, '', '/ui/ssh/roles/' + ${JSON.stringify(encodeURIComponent(text))}); dispatchEvent(new PopStateEvent('popstate')); location.host`,
        ),
        page.waitForLoadState('networkidle'),
      ])
      expect(away).to.equal(new URL(site.engineUrl).host)
      expect(await foreign(), text).to.deep.equal([])
    }
  })

  it('in an address lead to no other path of the engine than it names', async () => {
    const asked: string[] = []
    // the last search is asked a moment after its text
    await page.waitForTimeout(500)
    page.on('request', request => asked.push(new URL(request.url()).pathname))
    for (const climb of ['..%2f..%2f', '%2e%2e%2f%2e%2e%2f', '.%2e%2f.%2e%2f'])
      await page.evaluate(
        `history.pushState(null, '', '/ui/sys/audit-search/${climb}sys/seal'); dispatchEvent(new PopStateEvent('popstate'))`,
      )
    const paths = () => asked.filter(path => path.startsWith('/v1/'))
    await until(() => paths().length > 0)
    await page.waitForLoadState('networkidle')
    for (const path of paths()) expect(path).to.match(/^\/v1\/sys\/audit-search\//)
  })

  it('have broken no rule of its policy, opened nothing and run nothing', () => {
    expect(browser.faults.violations).to.deep.equal([])
    expect(browser.faults.noise).to.deep.equal([])
  })

  /** Elements and attributes that no source of the page makes. */
  const foreign = () =>
    page.evaluate(`[...document.querySelectorAll('*')].flatMap(element => [
      ...(/^(?:script|iframe|style|object|embed|b)$/i.test(element.tagName) && !element.closest('head') ? [element.outerHTML] : []),
      ...[...element.attributes].filter(({ name, value }) => /^on/.test(name) || (name === 'href' && !/^(?:\\/ui\\/|#|\\/ui$)/.test(value) && element.tagName !== 'LINK')).map(({ name, value }) => name + '=' + value),
    ])`)
})
