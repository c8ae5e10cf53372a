import { expect } from 'chai'
import { Installing, TARGET } from '../../support/installing.ts'
import { Keygen } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { RELOAD_SSHD } from '../../support/reload-sshd.ts'
import { Site } from '../../support/site.ts'

/** Users that are not as most are, and an sshd that looks for keys elsewhere for some of them. */
const ODD = `
mkdir -p /srv/people /etc/ssh/keys
chmod 755 /etc/ssh/keys
useradd -m -d "/srv/people/carol" -s /bin/sh -p '*' carol
useradd -m -s /bin/bash -p '*' dave
useradd -m -s /bin/bash -p '*' erin
useradd -m -s /bin/bash -p '*' frank
useradd -m -s /bin/bash -p '*' gina
install -d /srv/keys
install -d -o gina -g gina /srv/keys/gina /srv/keys/gina/more
install -d -m 700 -o dave -g dave /home/dave/.ssh
cat >/etc/ssh/sshd_config.d/90-odd.conf <<'CONF'
PermitRootLogin prohibit-password
Match User dave
  AuthorizedKeysFile %h/.ssh/keys-of-%u .ssh/authorized_keys
Match User erin
  AuthorizedKeysFile /etc/ssh/keys/%u
Match User frank
  AuthorizedKeysFile none
Match User gina
  AuthorizedKeysFile /srv/keys/%u/authorized_keys /srv/keys/%u/more/keys /srv/keys/%u/none/keys .ssh/authorized_keys
CONF
`

/** All that the script needs is BusyBox's, the shell too. */
const BUSYBOX = `
for tool in sed grep awk mktemp cp mv rm find id readlink head dirname sleep date cut chmod mkdir cat touch env tail stat ls; do
  for folder in /usr/local/bin /usr/bin /usr/sbin; do /usr/bin/busybox rm -f $folder/$tool; done
  /usr/bin/busybox ln -s /usr/bin/busybox /usr/bin/$tool
done
/usr/bin/busybox rm -f /usr/bin/setpriv
/usr/bin/busybox ln -sf /usr/bin/busybox /usr/bin/sh
/usr/bin/busybox sed -i 's|^\\(otpadmin:.*\\):/bin/bash|\\1:/bin/sh|; s|^\\(alice:.*\\):/bin/bash|\\1:/bin/sh|' /etc/passwd
`

describe('A key on a host', function () {
  this.timeout(60_000)

  const keygen = new Keygen()
  let site: Site
  let keys: Installing
  let odd: Host
  let busybox: Host

  before(async () => {
    site = await Site.start()
    keys = new Installing(site, keygen)
    await keys.prepare()
    odd = await site.host({ name: 'odd', number: 12, setup: TARGET + ODD })
    busybox = await site.host({ name: 'busybox', number: 13, setup: TARGET + BUSYBOX })
    await keys.role('ops')
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  for (const [where, user, file, owner] of [
    ['in a home elsewhere', 'carol', '/srv/people/carol/.ssh/authorized_keys', 'carol:carol 600'],
    ['in the file that sshd looks in', 'dave', '/home/dave/.ssh/keys-of-dave', 'dave:dave 600'],
    ['in a folder of root', 'erin', '/etc/ssh/keys/erin', 'root:root 644'],
    ["in a folder of the user's", 'gina', '/srv/keys/gina/authorized_keys', 'gina:gina 600'],
    ['for root', 'root', '/root/.ssh/authorized_keys', 'root:root 600'],
  ] as const)
    it(`is put there, and taken away: ${where}`, async () => {
      const given = await keys.ask('ops', odd.ip4, `username=${user}`)
      expect(await odd.read(file)).to.include('postern:')
      expect((await odd.run(['stat', '-c', '%U:%G %a', file])).stdout).to.equal(`${owner}\n`)
      expect(await keys.login(given, odd, user)).to.deep.include({ code: 0, stdout: `${user}\n` })
      expect((await keys.revoke(given)).code).to.equal(0)
      expect(await odd.read(file)).to.equal('')
      await keys.denied(given, odd, user)
    })

  it('is put there and taken away with others at the same time, where MaxSessions is 1', async () => {
    const conf = '/etc/ssh/sshd_config.d/10-one.conf'
    await odd.run(['sh', '-c', `echo MaxSessions 1 >${conf}; ${RELOAD_SSHD}`])
    const users = ['alice', 'carol', 'dave', 'erin', 'gina', 'alice', 'carol', 'dave']
    const asked = await Promise.all(users.map(user => keys.ask('ops', odd.ip4, `username=${user}`)))
    const ends = await Promise.all(asked.map(given => keys.revoke(given)))
    expect(ends.map(({ code }) => code)).to.deep.equal(users.map(() => 0))
    for (const file of ['/home/alice/.ssh/authorized_keys', '/etc/ssh/keys/erin'])
      expect(await odd.read(file)).to.equal('')
    await odd.run(['sh', '-c', `rm ${conf}; ${RELOAD_SSHD}`])
  })

  it('is refused for a user whom sshd lets in without such a file', async () => {
    const { code, stderr } = await site.cli(
      ...['write', 'ssh/creds/ops', `ip=${odd.ip4}`, 'username=frank'],
    )
    expect(code).to.equal(2)
    expect(stderr).to.include('sshd reads no authorized_keys file for frank')
  })

  it('is not put through a link that the user has planted', async () => {
    await odd.run([
      ...['sh', '-c'],
      'cd /home/alice && rm -rf .ssh && mkdir .ssh && ln -s /etc/passwd-target .ssh/authorized_keys && chown -Rh alice: .ssh',
    ])
    const { code } = await site.cli('write', 'ssh/creds/ops', `ip=${odd.ip4}`)
    expect(code).to.equal(2)
    expect((await odd.run(['test', '-e', '/etc/passwd-target'])).code).to.equal(1)
    await odd.run(['ln', '-sfn', '/etc/passwd', '/home/alice/.ssh/authorized_keys'])
    const before = await odd.read('/etc/passwd')
    await site.cli('write', 'ssh/creds/ops', `ip=${odd.ip4}`)
    expect(await odd.read('/etc/passwd')).to.equal(before)
    await odd.run(['rm', '-rf', '/home/alice/.ssh'])
  })

  it('is put and taken away with no more than BusyBox', async () => {
    const others = 'ssh-rsa AAAAB3Nz me\n# no newline at the end'
    await busybox.run([
      'install',
      '-d',
      '-m',
      '700',
      '-o',
      'alice',
      '-g',
      'alice',
      '/home/alice/.ssh',
    ])
    await busybox.run(['dd', 'of=/home/alice/.ssh/authorized_keys'], { input: others })
    await busybox.run(['chown', 'alice:alice', '/home/alice/.ssh/authorized_keys'])
    const given = await keys.ask('ops', busybox.ip4)
    const [first = '', ...rest] = (await busybox.read('/home/alice/.ssh/authorized_keys')).split(
      '\n',
    )
    expect(first).to.match(/^expiry-time="\d{14}Z" ssh-ed25519 AAAA/)
    expect(rest.join('\n')).to.equal(others)
    expect(await keys.login(given, busybox)).to.deep.include({ code: 0, stdout: 'alice\n' })
    const owner = await busybox.run(['stat', '-c', '%U:%G', '/home/alice/.ssh/authorized_keys'])
    expect(owner.stdout).to.equal('alice:alice\n')
    expect((await keys.revoke(given)).code).to.equal(0)
    expect(await busybox.read('/home/alice/.ssh/authorized_keys')).to.equal(others)
  })
})
