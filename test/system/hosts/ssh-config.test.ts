import { expect } from 'chai'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'
import { SshClientHost } from '../../support/ssh-client-host.ts'

const OWN = 'Host other\n  User carl\n'

describe('Plain ssh after postern ssh-config', function () {
  this.timeout(60_000)

  let site: Site
  let web: Host
  let client: SshClientHost

  before(async () => {
    site = await Site.start()
    await site.must('secrets', 'enable', 'ssh')
    const users = ['default_user=alice', 'allowed_users=alice', 'ttl=10m']
    await site.must(
      ...['write', 'ssh/roles/ops', 'key_type=otp', 'cidr_list=10.77.0.11/32', ...users],
    )
    web = await site.host({ name: 'web', number: 11 })
    client = await SshClientHost.start(site, { name: 'client', number: 12 })
    await client.prepare('path "ssh/creds/ops" { capabilities = ["update"] }')
    await client.write('.ssh/config', OWN)
    const ended = await client.postern(['ssh-config', '-host=10.77.0.*', '-role=ops', '-mode=otp'])
    expect(ended.code, ended.stderr).to.equal(0)
  })
  after(() => site[Symbol.asyncDispose]())

  it('logs in, again and again, with one password', async () => {
    for (let times = 0; times < 3; times++) {
      const ended = await client.run(['ssh', `alice@${web.ip4}`, 'id -un'])
      expect(ended).to.deep.equal({ code: 0, stdout: 'alice\n', stderr: '' })
    }
    const log = await web.read('/var/log/auth.log')
    expect(log.match(/Accepted keyboard-interactive/g)).to.have.length(1)
    expect((await site.cli('list', 'sys/leases/lookup/ssh/creds/ops')).code).to.equal(2)
  })

  it('copies with scp', async () => {
    await client.write('notes', 'copied\n')
    const ended = await client.run(['scp', '-q', 'notes', `alice@${web.ip4}:`])
    expect(ended).to.deep.equal({ code: 0, stdout: '', stderr: '' })
    expect(await web.read('/home/alice/notes')).to.equal('copied\n')
  })

  it('goes on as without it for a host that is none of ours, and without a word', async () => {
    const other = [
      'ssh',
      '-o',
      'ConnectTimeout=2',
      '-o',
      'BatchMode=yes',
      `alice@${client.host.ip4}`,
    ]
    const ended = await client.run([...other, 'id'])
    expect(ended.code).to.equal(255)
    expect(ended.stderr).to.match(/^alice@10\.77\.0\.12: Permission denied/)
  })

  it('is as it was when all is taken back', async () => {
    const ended = await client.postern(['ssh-config', '-remove'])
    expect(ended.code, ended.stderr).to.equal(0)
    const { stdout } = await client.sh('cat .ssh/config; ls .ssh; pgrep -u ann -x ssh')
    expect(stdout).to.equal(`${OWN}config\nknown_hosts\n`)
  })
})
