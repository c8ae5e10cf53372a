import { expect } from 'chai'
import { Installing, TARGET } from '../../support/installing.ts'
import { Keygen } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'
import { SshClientHost } from '../../support/ssh-client-host.ts'

const POLICY = ['ssh/creds/installed', 'ssh/creds/ops', 'ssh/lookup']
  .map(path => `path "${path}" { capabilities = ["update"] }\n`)
  .join('')

describe('Plain ssh after postern ssh-config, by the kind of its role', function () {
  this.timeout(120_000)

  const keygen = new Keygen()
  let site: Site
  let web: Host
  let db: Host
  let client: SshClientHost

  before(async () => {
    site = await Site.start()
    const keys = new Installing(site, keygen)
    await keys.prepare()
    web = await site.host({ name: 'web', number: 11, setup: TARGET })
    db = await site.host({ name: 'db', number: 13 })
    await keys.role('installed', { cidr_list: `${web.ip4}/32` })
    const role = ['write', 'ssh/roles/ops', 'key_type=otp', `cidr_list=${db.ip4}/32`]
    await site.must(...role, 'default_user=alice', 'ttl=10m')
    client = await SshClientHost.start(site, { name: 'client', number: 12 })
    await client.prepare(POLICY)
    // the role, and so the mode, follow from the host
    const ended = await client.postern(['ssh-config', '-host=10.77.0.*', '-user=alice'])
    expect(ended.code, ended.stderr).to.equal(0)
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  it('logs in with a dynamic key, which is gone once the connection stands', async () => {
    const logins = `ssh ${web.ip4} id -un; ssh ${web.ip4} id -un`
    const ended = await client.sh(logins)
    expect(ended).to.deep.equal({ code: 0, stdout: 'alice\nalice\n', stderr: '' })
    expect(await web.read('/home/alice/.ssh/authorized_keys')).to.equal('')
    expect((await site.cli('list', 'sys/leases/lookup/ssh/creds/installed')).code).to.equal(2)
    const log = await web.read('/var/log/auth.log')
    expect(log.match(/Accepted publickey for alice/g)).to.have.length(1)
  })

  it('logs in with a one-time password', async () => {
    const ended = await client.run(['ssh', db.ip4, 'id -un'])
    expect(ended).to.deep.equal({ code: 0, stdout: 'alice\n', stderr: '' })
  })

  it('says nothing of a host that no role covers', async () => {
    const words = ['ssh', '-o', 'BatchMode=yes', `alice@${client.host.ip4}`, 'id']
    const ended = await client.run(words)
    expect(ended.stderr).not.to.contain('postern')
  })
})
