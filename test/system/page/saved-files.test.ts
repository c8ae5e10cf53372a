import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { Browser } from '../../support/browser.ts'
import { Installing, TARGET } from '../../support/installing.ts'
import { Keygen, type MadeKey } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { logIn, makeUser, type PageUser } from '../../support/page-user.ts'
import { Site } from '../../support/site.ts'

const POLICY = `
path "ssh/creds/ops" { capabilities = ["update"] }
path "ssh/sign/engineers" { capabilities = ["update"] }
`

describe('Files that the page saves', function () {
  this.timeout(60_000)
  const keygen = new Keygen()
  let site: Site
  let browser: Browser
  let host: Host
  let user: PageUser
  let own: MadeKey
  let page: Page

  before(async () => {
    site = await Site.start()
    const keys = new Installing(site, keygen)
    await keys.prepare()
    const trust = `
cp /setup/ca.pub /etc/ssh/user-ca.pub
echo 'TrustedUserCAKeys /etc/ssh/user-ca.pub' > /etc/ssh/sshd_config.d/20-user-ca.conf`
    await site.must('write', 'ssh/issuers/import/one', 'key_type=ssh-ed25519')
    await site.run([
      ...['curl', '-sS', '--cacert', site.authority.caFile, '-o', `${site.folder}/ca.pub`],
      `${site.engineUrl}/v1/ssh/public_key`,
    ])
    host = await site.host({ name: 'web', number: 11, setup: TARGET + trust })
    await keys.role('ops')
    await site.must(
      ...['write', 'ssh/roles/engineers', 'key_type=ca', 'allow_user_certificates=true'],
      ...['default_user=alice', 'allowed_users=alice', 'ttl=1h'],
    )
    await site.must('auth', 'enable', '-listing-visibility=unauth', 'userpass')
    user = await makeUser(site, 'carol', POLICY)
    own = keygen.key('-t', 'ed25519')
    browser = await Browser.start(site)
    page = await browser.open('/')
    await logIn(page, user)
  })
  after(async () => {
    await browser?.[Symbol.asyncDispose]()
    keygen[Symbol.dispose]()
    await site?.[Symbol.asyncDispose]()
  })

  const button = (name: string) => page.getByRole('button', { name, exact: true })

  /** Clicks, and gives the content of the file that is saved. */
  async function saved(name: string, file: string): Promise<string> {
    const [download] = await Promise.all([page.waitForEvent('download'), button(name).click()])
    expect(download.suggestedFilename()).to.equal(file)
    const chunks = await (await download.createReadStream()).toArray()
    return Buffer.concat(chunks).toString()
  }

  async function chosen(option: RegExp): Promise<void> {
    await page.getByRole('link', { name: 'Get in' }).click()
    await page.getByLabel('Host, address or role').fill(host.ip4)
    await page.getByRole('option', { name: option }).click()
  }

  const ssh = (...words: readonly string[]) =>
    site.run([
      ...['ssh', '-F', '/dev/null', '-o', `UserKnownHostsFile=${site.knownHosts}`],
      ...[
        '-o',
        'BatchMode=yes',
        '-o',
        'IdentitiesOnly=yes',
        ...words,
        `alice@${host.ip4}`,
        'id -un',
      ],
    ])

  it('are a certificate, by which ssh logs in with the key that was picked as a file', async () => {
    await chosen(/Certificate by engineers/)
    await page.getByLabel('Pick a file').setInputFiles(`${own.file}.pub`)
    await button('Sign it').click()
    await page.getByRole('definition').getByText('alice', { exact: true }).waitFor()
    const line = await saved('Save the certificate', 'id_ed25519-cert.pub')
    const certificate = keygen.write('id-cert.pub', line)
    const { code, stdout, stderr } = await ssh(
      '-i',
      own.file,
      '-o',
      `CertificateFile=${certificate}`,
    )
    expect([code, stdout], stderr).to.deep.equal([0, 'alice\n'])
  })

  it('are never made of a private key, which is not sent', async () => {
    const bodies: string[] = []
    page.on('request', request => bodies.push(request.postData() ?? ''))
    await page.getByLabel('Pick a file').setInputFiles(own.file)
    await button('Sign it').click()
    await page.getByText(/^This is a private key/).waitFor()
    expect(bodies.join()).not.to.match(/PRIVATE KEY/)
  })

  it('are a key that is installed on the host, and ended with one click', async () => {
    await chosen(/Key by ops/)
    const pem = await saved('Save the key', `postern-${host.ip4}.key`)
    const file = keygen.write('dynamic.key', pem)
    expect(await ssh('-i', file)).to.deep.include({ code: 0, stdout: 'alice\n' })
    await button('End it now').click()
    await page.getByText('It is revoked.').waitFor()
    expect((await ssh('-i', file)).code).to.equal(255)
    expect(await page.content()).not.to.contain(pem.split('\n')[2])
  })

  it('break no rule of the policy of the page', () => {
    expect(browser.faults).to.deep.equal({ violations: [], noise: [] })
  })
})
