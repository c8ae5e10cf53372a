import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import { BareHost, SET_UP } from '../../support/bare-host.ts'
import { MadePackages } from '../../support/made-packages.ts'
import { Site } from '../../support/site.ts'

const SNIPPET = join(import.meta.dirname, '../../../packaging/cloud-init/host.yaml')

/** What the snippet has cloud-init do. */
interface CloudConfig {
  readonly packages: readonly string[]
  readonly write_files: readonly {
    readonly path: string
    readonly permissions: string
    readonly content: string
  }[]
  readonly runcmd: readonly string[]
}

describe('The snippet for cloud-init', function () {
  this.timeout(300_000)

  it('sets a host up when it is done as cloud-init does it', async () => {
    using packages = await MadePackages.make(['1.0.0'])
    await using site = await Site.start()
    await BareHost.prepare(site)
    copyFileSync(packages.file('postern-helper', '1.0.0'), join(site.folder, 'postern-helper.deb'))
    const setup = 'rm /usr/local/sbin/postern-helper\n'
    const bare = await BareHost.start(site, { name: 'web-1', number: 41, release: 'trixie', setup })
    const words = ['name=web-*', 'cidr_list=10.77.0.0/24', 'count=50', 'ttl=1h']
    const token = await site.must('write', '-field=token', 'ssh/enroll-tokens', ...words)
    const flags = Object.fromEntries(bare.engine.map(flag => flag.slice(1).split(/=(.*)/s)))
    const text = readFileSync(SNIPPET, 'utf8')
    expect(text).to.match(/^#cloud-config\n/)
    const config: CloudConfig = parse(
      text
        .replace('https://engine.example.com:8200', flags.engine ?? '')
        .replace('SHA256:FINGERPRINT', flags['ca-fingerprint'] ?? '')
        .replace('content: TOKEN', `content: ${token}`),
    )
    expect(config.packages).to.deep.equal(['postern-helper'])
    const steps = [
      'dpkg -i /setup/postern-helper.deb',
      ...config.write_files.map(
        file =>
          `install -m ${file.permissions} /dev/null ${file.path}; printf %s '${file.content}' >${file.path}`,
      ),
      ...config.runcmd,
    ]
    for (const step of steps) {
      const { code, stdout, stderr } = await bare.sh(step)
      expect(code, `${step}\n${stdout}${stderr}`).to.equal(0)
    }
    expect(await bare.logins()).to.deep.equal(SET_UP)
    expect(await site.must('read', '-field=enrolled', 'ssh/hosts/web-1')).to.equal('true')
  })
})
