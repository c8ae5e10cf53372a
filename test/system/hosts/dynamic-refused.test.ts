import { expect } from 'chai'
import { Installing, TARGET } from '../../support/installing.ts'
import { Keygen } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { RELOAD_SSHD } from '../../support/reload-sshd.ts'
import { Site } from '../../support/site.ts'
import { until } from '../../support/until.ts'

const FAILED = 'failed to add public key to authorized_keys file in target: '

describe('A key that cannot be installed', function () {
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
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  const leases = async () => {
    const { stdout } = await site.cli('list', '-format=json', 'sys/leases/lookup/ssh/creds')
    return stdout.trim()
  }
  const refused = async (role: string, ...more: readonly string[]) => {
    const { code, stderr } = await site.cli('write', `ssh/creds/${role}`, `ip=${web.ip4}`, ...more)
    expect(code).to.equal(2)
    return stderr
  }
  const written = async (user = 'alice') => web.read(`/home/${user}/.ssh/authorized_keys`)

  it('is refused before anything is said to a host that shows another key', async () => {
    await web.run(['sh', '-c', ': >/var/log/auth.log'])
    const other = keygen.key('-t', 'ed25519')
    await keys.role('wrong', { known_hosts: '', host_keys: other.line })
    const shown = (await web.read('/etc/ssh/ssh_host_ed25519_key.pub')).split(' ')[1] ?? ''
    const said = await refused('wrong')
    expect(said).to.include(`${FAILED}the host presents the key ssh-ed25519 SHA256:`)
    expect(said).to.include('which is not one of its known keys')
    expect(said).not.to.include(shown)
    const log = await web.read('/var/log/auth.log')
    expect(log).not.to.include('otpadmin')
    expect(await leases()).to.equal('{}')
    expect(await written()).to.equal('')
  })

  it('leaves no lease when the user is not there', async () => {
    await keys.role('ops')
    expect(await refused('ops', 'username=nobody-at-all')).to.include(
      `${FAILED}the script ended with 3: there is no user nobody-at-all`,
    )
    expect(await leases()).to.equal('{}')
  })

  it('leaves no lease when the admin user is not let in', async () => {
    await keys.role('out', { admin_user: 'alice' })
    expect(await refused('out')).to.include(
      `${FAILED}the host does not accept the key of the admin user: is its`,
    )
    expect(await leases()).to.equal('{}')
  })

  it('leaves no lease if the host refuses connections', async () => {
    await keys.role('silent', { port: '2222', known_hosts: '', host_key_policy: 'first-use' })
    expect(await refused('silent')).to.include(`${FAILED}connect ECONNREFUSED 10.77.0.11:2222`)
    expect(await leases()).to.equal('{}')
  })

  it('leaves no lease without sudo', async () => {
    await web.run(['mv', '/etc/sudoers.d/otpadmin', '/root/'])
    await keys.role('ops')
    expect(await refused('ops')).to.match(/the script ended with 3: sudo: .*password/)
    expect(await leases()).to.equal('{}')
    await web.run(['mv', '/root/otpadmin', '/etc/sudoers.d/'])
  })

  it('is trusted on first use where the role says so, and from then on by that key alone', async () => {
    await keys.role('first', { known_hosts: '', host_key_policy: 'first-use' })
    const given = await keys.ask('first', web.ip4)
    const key = (await web.read('/etc/ssh/ssh_host_ed25519_key.pub'))
      .split(' ')
      .slice(0, 2)
      .join(' ')
    expect(given.warnings?.[0]).to.match(
      /^The host key SHA256:\S+ of 10\.77\.0\.11 was trusted on first use/,
    )
    const shown = JSON.parse(
      await site.must('read', '-format=json', 'ssh/dynamic/hosts/10.77.0.11_22'),
    )
    expect(shown.data.public_key).to.equal(key)
    expect((await keys.ask('first', web.ip4)).warnings).to.equal(null)
    await site.must('write', '-f', 'sys/leases/revoke-prefix/ssh/creds/first')
    await web.run([
      'sh',
      '-c',
      `cd /etc/ssh && mkdir old && mv ssh_host_* old/ && ssh-keygen -q -t ed25519 -N "" -f ssh_host_ed25519_key && ${RELOAD_SSHD}`,
    ])
    await new Promise(resolve => setTimeout(resolve, 6000))
    expect(await refused('first')).to.include('which is not one of its known keys')
    await web.run(['sh', '-c', `cd /etc/ssh && mv -f old/* . && ${RELOAD_SSHD}`])
    await keys.ask('first', web.ip4)
    await site.must('write', '-f', 'sys/leases/revoke-prefix/ssh/creds/first')
  })

  describe('by a script of one’s own', () => {
    const script = (text: string) => keygen.write(`script${Math.random()}`, text)
    const own = (name: string, text: string, more = {}) =>
      keys.role(name, { install_script: `@${script(text)}`, ...more })

    it('works with the three arguments', async () => {
      await own(
        'own',
        '#!/bin/bash\nset -e\nprintf "%s\\n" "$#:$1:$3:$(wc -l <"$2")" | sudo tee -a /tmp/seen >/dev/null\nrm "$2"\n',
      )
      const given = await keys.ask('own', web.ip4, 'username=bob')
      await keys.revoke(given)
      expect(await web.read('/tmp/seen')).to.equal(
        '3:install:/home/bob/.ssh/authorized_keys:1\n3:uninstall:/home/bob/.ssh/authorized_keys:1\n',
      )
    })

    it('is reported with the output of the script, and removed at once', async () => {
      await own(
        'failing',
        '#!/bin/sh\nif [ "$1" = install ]; then echo "no space left" >&2; exit 7; fi\ntouch /tmp/removed\n',
      )
      expect(await refused('failing')).to.include(`${FAILED}the script ended with 7: no space left`)
      await until(async () => (await leases()) === '{}')
      expect((await web.run(['test', '-e', '/tmp/removed'])).code).to.equal(0)
    })

    it('is not waited for longer than its role says', async () => {
      await own('hanging', '#!/bin/sh\n[ "$1" = uninstall ] || sleep 1000\n', {
        install_timeout: '1s',
      })
      expect(await refused('hanging')).to.include(`${FAILED}it did not end in time`)
      await until(async () => (await web.run(['pgrep', '-f', 'sleep 1000'])).code === 1)
    })

    it('may print a megabyte', async () => {
      await own(
        'loud',
        '#!/bin/sh\nhead -c 1048576 /dev/zero | tr "\\0" x >&2\n[ "$1" = uninstall ]\n',
      )
      const said = await refused('loud')
      expect(said).to.include(`${FAILED}the script ended with 1: ${'x'.repeat(400)}…`)
      expect(said.length).to.be.below(1000)
    })

    it('has no terminal', async () => {
      await own('tty', '#!/bin/sh\n[ "$1" = uninstall ] || { read answer </dev/tty; }\n')
      expect(await refused('tty')).to.match(/the script ended with \d+: .*\/dev\/tty/)
    })
  })
})
