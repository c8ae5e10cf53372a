import { join } from 'node:path'
import { expect } from 'chai'
import { type Given, Installing, TARGET } from '../../support/installing.ts'
import { Keygen } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'
import { until } from '../../support/until.ts'

const POSTERN = join(import.meta.dirname, '../../../dist/postern')
const FILE = '/home/alice/.ssh/authorized_keys'

/** Lines as people have them, in a file that does not end with a newline. */
const OTHERS = `# mine\r
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKiTcHqPzUs+oYSP7Q9r6Q2BX0p1L0SCDbn9B6k3JmCm me@laptop

command="echo \\"AAAA\\"",no-pty ssh-rsa AAAAB3NzaC1yc2E= ünïcode`

describe('A key installed on a host', function () {
  this.timeout(60_000)

  const keygen = new Keygen()
  let site: Site
  let keys: Installing
  let web: Host

  before(async () => {
    site = await Site.start()
    keys = new Installing(site, keygen)
    await keys.prepare()
    web = await site.host({ name: 'web', number: 11, setup: TARGET })
    await keys.role('ops')
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })
  beforeEach(() => web.run(['rm', '-rf', '/home/alice/.ssh']))

  const lines = async (file = FILE) => (await web.read(file)).split('\n').filter(Boolean)
  const denied = (given: Given, user?: string) => keys.denied(given, web, user)
  const works = async (given: Given, user = 'alice', address?: string) =>
    expect(await keys.login(given, web, user, address)).to.deep.include({
      code: 0,
      stdout: `${user}\n`,
    })

  for (const [name, more, form] of [
    ['RSA', { key_algorithm: 'rsa' }, 'BEGIN RSA PRIVATE KEY'],
    ['Ed25519', { key_algorithm: 'ed25519' }, 'BEGIN OPENSSH PRIVATE KEY'],
  ] as const)
    it(`of ${name} logs in until its lease is revoked`, async () => {
      await keys.role('typed', more)
      const given = await keys.ask('typed', web.ip4)
      expect(given.data).to.include({
        key_type: 'dynamic',
        username: 'alice',
        ip: web.ip4,
        port: 22,
      })
      expect(given.data.key).to.include(form)
      expect(given.warnings).to.equal(null)
      await works(given)
      await denied(given, 'bob')
      expect((await keys.revoke(given)).code).to.equal(0)
      await denied(given)
      expect(await lines()).to.deep.equal([])
    })

  it('is installed over IPv6', async () => {
    const given = await keys.ask('ops', web.ip6)
    await works(given, 'alice', web.ip6)
  })

  it('stands in the file with its options, its end and its lease, and nothing else is changed', async () => {
    await keys.role('bound', { key_option_specs: 'no-pty,from="10.77.0.0/16,fd77::/64"' })
    const install = await web.run(
      [
        'sh',
        '-c',
        `install -d -m 711 -o alice -g alice /home/alice/.ssh && cat >${FILE} && chown alice:alice ${FILE} && chmod 640 ${FILE}`,
      ],
      { input: OTHERS },
    )
    expect(install.code, install.stderr).to.equal(0)
    const given = await keys.ask('bound', web.ip4)
    const text = await web.read(FILE)
    expect(text.endsWith(`\n${OTHERS}`)).to.equal(true)
    const lease = encodeURIComponent(given.lease)
    expect(text.slice(0, -OTHERS.length)).to.match(
      new RegExp(
        `^expiry-time="\\d{14}Z",no-pty,from="10.77.0.0/16,fd77::/64" ssh-ed25519 AAAA\\S+ postern:[0-9a-f-]{36}:${lease}\n$`,
      ),
    )
    await works(given)
    await keys.revoke(given)
    expect(await web.read(FILE)).to.equal(OTHERS)
    const mode = await web.run(['stat', '-c', '%U:%G %a', FILE, '/home/alice/.ssh'])
    expect(mode.stdout).to.equal('alice:alice 640\nalice:alice 711\n')
    const left = await web.run([
      'sh',
      '-c',
      'ls -A /home/alice/.ssh; ls -A ~otpadmin | grep -v "^\\."',
    ])
    expect(left.stdout).to.equal('authorized_keys\n')
  })

  it('expires', async () => {
    // time enough for a login on a busy machine
    await keys.role('short', { ttl: '8s' })
    const given = await keys.ask('short', web.ip4)
    await works(given)
    await until(async () => (await lines()).length === 0)
    await denied(given)
  })

  it('stays valid when it is renewed, and its host knows', async () => {
    const given = await keys.ask('ops', web.ip4)
    const [before] = await lines()
    const renewed = await site.cli(
      'write',
      '-format=json',
      'sys/leases/renew',
      `lease_id=${given.lease}`,
      'increment=7200',
    )
    expect(JSON.parse(renewed.stdout), renewed.stderr).to.deep.include({
      lease_id: given.lease,
      lease_duration: 7200,
      renewable: true,
    })
    const after = await lines()
    expect(after.length).to.equal(1)
    const end = (line = '') => /expiry-time="(\d+)Z"/.exec(line)?.[1] ?? ''
    expect(end(after[0]) > end(before)).to.equal(true)
    await works(given)
  })

  it('is removed when key and role are gone', async () => {
    await keys.role('gone')
    const given = await keys.ask('gone', web.ip4)
    await site.must('delete', 'ssh/roles/gone')
    await site.must('delete', 'ssh/keys/admin')
    expect((await keys.revoke(given)).code).to.equal(0)
    await denied(given)
    await site.must('write', 'ssh/keys/admin', `key=@${keygen.folder}/key1`)
  })

  it('is one of many that are made at the same time', async () => {
    const many = await Promise.all(Array.from({ length: 20 }, () => keys.ask('ops', web.ip4)))
    expect((await lines()).length).to.equal(20)
    await Promise.all(many.slice(1, 4).map(each => works(each)))
    await site.must('write', '-f', 'sys/leases/revoke-prefix/ssh/creds/ops')
    expect(await lines()).to.deep.equal([])
  })
  it('is deleted with the token that asked for it', async () => {
    const policy = keygen.write('policy', 'path "ssh/creds/*" { capabilities = ["update"] }\n')
    await site.must('policy', 'write', 'ops', policy)
    const token = await site.must('token', 'create', '-policy=ops', '-field=token')
    const made = await site.run(
      [POSTERN, 'write', '-field=key', 'ssh/creds/ops', `ip=${web.ip4}`],
      { POSTERN_TOKEN: token },
    )
    expect(made.code, made.stderr).to.equal(0)
    expect((await lines()).length).to.equal(1)
    await site.must('token', 'revoke', token)
    expect(await lines()).to.deep.equal([])
  })

  it('is deleted with the mount', async () => {
    await keys.ask('ops', web.ip4)
    await site.must('secrets', 'disable', 'ssh')
    expect(await lines()).to.deep.equal([])
  })
})
