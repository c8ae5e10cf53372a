import { expect } from 'chai'
import { INSTALL_SCRIPT } from '../../../engine/ssh/role/install-script.ts'
import { type Given, Installing, TARGET } from '../../support/installing.ts'
import { Keygen } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { RELEASES } from '../../support/releases.ts'
import { RELOAD_SSHD } from '../../support/reload-sshd.ts'
import { Site } from '../../support/site.ts'

/** Files that sshd reads keys from, and that others than root or the user alone have a hand in. */
const PLACES = `
mkdir -p /etc/ssh/ak /srv/keys/frank/ssh
for user in carol dave erin frank gina hugo; do useradd -m -s /bin/bash -p '*' $user; done
install -d -m 755 -o dave -g dave /home/dave/keys
ln -s /home/dave/keys/ak /etc/ssh/ak/dave
chown frank: /srv/keys/frank
install -d -m 755 -o hugo -g hugo /home/hugo/by-port
useradd -M -o -u "$(id -u alice)" -g alice -d /home/alice -s /bin/bash -p '*' alice2
cat >/etc/ssh/sshd_config.d/90-places.conf <<'CONF'
PermitRootLogin prohibit-password
Match User carol
  AuthorizedKeysFile /dev/null
Match User dave
  AuthorizedKeysFile /etc/ssh/ak/%u
Match User erin
  AuthorizedKeysFile /etc/ssh/ak/all
Match User frank
  AuthorizedKeysFile /srv/keys/%u/ssh/authorized_keys
Match User gina
  AuthorizedKeysFile "/etc/ssh/my keys/%u"
Match LocalPort 22 User hugo
  AuthorizedKeysFile %h/by-port/keys
CONF
`

/** Has the half of the script that runs as this user say that the key is somewhere else, where root writes. */
const FORGE = String.raw`
$SIG{ALRM} = sub { exit }; alarm 20; my %seen;
for (;;) { for my $path (glob '/proc/[0-9]*') {
  my ($pid) = $path =~ /(\d+)$/; next if $seen{$pid} or (stat $path)[4] != $<;
  open my $facts, '<', "$path/stat" or next; my ($parent) = <$facts> =~ /\) \S+ (\d+)/; next if (stat "/proc/$parent")[4] == $<;
  open my $file, '<', "$path/cmdline" or next; read $file, my $words, 20000; next unless $words =~ /rewrite\(\)/;
  kill 'STOP', $pid;
  my $output = syscall 438, syscall(434, $pid, 0), 1, 0;
  if ($output >= 0 and open my $handle, '>&=', $output) { $seen{$pid} = 1; syswrite $handle, "file 1.1.same /var/log/others\n"; close $handle; open my $mark, '>', '/tmp/forged' }
  kill 'CONT', $pid;
} }`

const FILE = '/home/alice/.ssh/authorized_keys'
const OWN = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKiTcHqPzUs+oYSP7Q9r6Q2BX0p1L0SCDbn9B6k3JmCm me@laptop
# AAAAC notes of mine`

for (const release of RELEASES)
  describe(`On a host of ${release} with a hostile user`, function () {
    this.timeout(60_000)

    const keygen = new Keygen()
    let site: Site
    let keys: Installing
    let host: Host

    before(async () => {
      site = await Site.start()
      keys = new Installing(site, keygen)
      await keys.prepare()
      host = await site.host({
        name: 'hostile',
        number: 14,
        release,
        bare: true,
        setup: TARGET + PLACES,
      })
      await keys.role('ops')
    })
    after(async () => {
      keygen[Symbol.dispose]()
      await site[Symbol.asyncDispose]()
    })

    const root = async (script: string) => {
      const { code, stdout, stderr } = await host.run(['bash', '-ec', script])
      expect(code, stderr).to.equal(0)
      return stdout
    }
    const refused = async (user: string, why: RegExp, role = 'ops') => {
      const asked = [`ssh/creds/${role}`, `ip=${host.ip4}`, `username=${user}`]
      const { code, stderr } = await site.cli('write', ...asked)
      expect(stderr).to.match(why)
      expect(code).to.equal(2)
    }
    const works = async (given: Given, user = 'alice') =>
      expect((await keys.login(given, host, user)).code).to.equal(0)
    const gone = async (given: Given, user = 'alice') => {
      const { code, stderr } = await keys.revoke(given)
      expect(code, stderr).to.equal(0)
      await keys.denied(given, host, user)
    }
    const kept = async (given: Given, why: RegExp) => {
      const { code, stderr } = await keys.revoke(given)
      expect(stderr).to.match(why)
      expect(code).to.equal(2)
    }

    it('a key is not given through a device', async () => {
      const before = await root('stat -c "%F %a" /dev/null')
      await refused('carol', /\/dev\/null is no regular file/)
      await root('mkdir -p /root/.ssh && ln -s /dev/null /root/.ssh/authorized_keys')
      await refused('root', /is no regular file/)
      await root('rm /root/.ssh/authorized_keys')
      expect(await root('stat -c "%F %a" /dev/null')).to.equal(before)
    })

    it('a link of root’s leads no key into another’s file', async () => {
      await root(': >/root/.ssh/authorized_keys; ln -s /root/.ssh/authorized_keys ~dave/keys/ak')
      await refused('dave', /is no regular file/)
      expect(await host.read('/root/.ssh/authorized_keys')).to.equal('')
      await root('mv /etc/ssh/ak /etc/ssh/real && ln -s real /etc/ssh/ak')
      await refused('dave', /is a link/)
      await root('rm /etc/ssh/ak && mv /etc/ssh/real /etc/ssh/ak')
    })

    it('a folder that the user can swap is not root’s', async () => {
      // so it is hers to write there, and she may not
      await refused('frank', /Permission denied|cannot create/)
      await root('cd /srv/keys/frank && mv ssh was && ln -s /root/.ssh ssh')
      await refused('frank', /Permission denied|can't cd/)
      expect(await host.read('/root/.ssh/authorized_keys')).to.equal('')
    })

    it('a file of several users, and a name with a blank, are no places for keys', async () => {
      await refused('erin', /sshd reads \/etc\/ssh\/ak\/all for other users too/)
      await refused('gina', /has a blank/)
    })

    it('sshd is asked about the connection that there is', async () => {
      const given = await keys.ask('ops', host.ip4, 'username=hugo')
      await works(given, 'hugo')
      expect(await host.read('/home/hugo/by-port/keys')).to.include('postern:')
      await gone(given, 'hugo')
    })

    for (const [why, user, hide, restore, said] of [
      [
        'whose home is not mounted',
        'nina',
        'umount /home/nina; mkdir -p /home/nina',
        'mount --bind /srv/nina /home/nina',
        /is not the one that it was/,
      ],
      [
        'who has another name now',
        'olga',
        'until usermod -l olga2 -d /home/olga2 -m olga; do sleep 0.1; done',
        'until usermod -l olga -d /home/olga -m olga2; do sleep 0.1; done',
        /there is no user olga/,
      ],
      [
        'whom the directory does not know for a moment',
        'pia',
        'cp /etc/passwd /root/passwd; sed -i /^pia:/d /etc/passwd',
        'cp /root/passwd /etc/passwd',
        /there is no user pia/,
      ],
      [
        'whose folder cannot be searched',
        'quinn',
        'chmod 000 /home/quinn/.ssh',
        'chmod 700 /home/quinn/.ssh',
        /ended with 3/,
      ],
    ] as const)
      it(`the key of one ${why} does not count as removed`, async () => {
        await root(
          `useradd -m -s /bin/bash -p '*' ${user}; [ ${user} != nina ] || { mv /home/nina /srv/nina; mkdir /home/nina; ${restore}; }`,
        )
        const given = await keys.ask('ops', host.ip4, `username=${user}`)
        await works(given, user)
        await root(hide)
        await kept(given, said)
        await root(restore)
        await works(given, user)
        await gone(given, user)
      })

    it('a key is found where it was put, though sshd looks there second by now', async () => {
      const conf = '/etc/ssh/sshd_config.d/91-order.conf'
      const order = (files: string) =>
        root(`printf 'Match User bob\\n  AuthorizedKeysFile ${files}\\n' >${conf}; ${RELOAD_SSHD}`)
      await order('.ssh/authorized_keys .ssh/ak2')
      const given = await keys.ask('ops', host.ip4, 'username=bob')
      await order('.ssh/ak2 .ssh/authorized_keys')
      await works(given, 'bob')
      await gone(given, 'bob')
      await root(`rm ${conf}; ${RELOAD_SSHD}`)
    })

    it('an edit whose time is over changes nothing', async () => {
      await root(`printf '%s\\n' 'ssh-ed25519 ${'AAAA'.repeat(17)} postern:m:l' >/root/key`)
      const at = async (deadline: string) =>
        host.run(
          ['bash', '-c', `cp /root/key /root/k; sh -s -- install /root/k ${FILE} ${deadline}`],
          {
            input: INSTALL_SCRIPT,
          },
        )
      const now = Number((await root('cut -d" " -f1 /proc/uptime')).replace('.', ''))
      expect((await at(`${now}`)).code).to.be.oneOf([3, 4])
      expect(await host.read(FILE)).not.to.include('postern:')
      const done = await at(`${now + 6000}`)
      expect(done.code, done.stderr).to.equal(0)
      expect(await host.read(FILE)).to.include('postern:')
      await root(`rm -rf /home/alice/.ssh`)
    })

    it('a sweep takes no key that is a part of another', async () => {
      const given = await keys.ask('ops', host.ip4)
      const [, mount] = /postern:([0-9a-f-]+):/.exec(await host.read(FILE)) ?? []
      await root(`cat >>${FILE} <<'LINES'
${OWN}
ssh-ed25519 AAAAC postern:${mount}:gone
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI postern:${mount}:gone
LINES`)
      const before = await host.read(FILE)
      const where = ['role=ops', `ip=${host.ip4}`, 'dry_run=false']
      await site.must('write', 'ssh/dynamic/sweep', ...where)
      expect(await host.read(FILE)).to.equal(before)
      await works(given)
      await gone(given)
      expect(await host.read(FILE)).to.include(OWN)
      await root(`rm -rf /home/alice/.ssh`)
    })

    it('a FIFO and stopped processes block the user alone, and for no longer than the request', async () => {
      await keys.role('brief', { install_timeout: '2s' })
      await root(
        'install -d -m 700 -o alice -g alice ~alice/.ssh; mkfifo ~alice/.ssh/authorized_keys; chown alice: ~alice/.ssh/*',
      )
      await refused('alice', /is no regular file/)
      await root('rm ~alice/.ssh/*')
      await root(
        '(while [ ! -e /root/stop ]; do pkill -STOP -u alice || :; done) >/dev/null 2>&1 & disown',
      )
      await refused('alice', /did not end in time/, 'brief')
      await root('touch /root/stop; sleep 0.3')
      await gone(await keys.ask('ops', host.ip4))
      // whatever was stopped and not found goes on
      await root('pkill -CONT -u alice || :; sleep 0.5; ! pgrep -u alice')
      expect(await host.read(FILE)).to.equal('')
    })

    it('root edits no file that the user alone has named', async () => {
      await root(`cat >/tmp/forge.pl <<'PERL'${FORGE}\nPERL`)
      await root('(su alice -c "perl /tmp/forge.pl" >/tmp/forge.log 2>&1 &) ; sleep 0.5')
      let given = await keys.ask('ops', host.ip4)
      // she has to be quick
      for (let tries = 0; (await host.run(['test', '-e', '/tmp/forged'])).code !== 0; tries++) {
        expect(tries).to.be.below(10)
        await gone(given)
        given = await keys.ask('ops', host.ip4)
      }
      // anybody can have a line written to a log
      const log = '/var/log/others'
      await root(`grep postern: ${FILE} >${log}; pkill -u alice -x perl || :`)
      const facts = () => root(`stat -c '%i %s' ${log}`)
      const before = await facts()
      // her own key is all that she keeps from being removed for certain
      await kept(given, /error removing public key/)
      expect(await facts()).to.equal(before)
      await keys.denied(given, host)
      await site.must('write', '-f', 'sys/leases/revoke-force/ssh/creds/ops')
    })

    it('two names of one user have one lock', async () => {
      const asked = await Promise.all(
        ['alice', 'alice2', 'alice', 'alice2', 'alice', 'alice2'].map(user =>
          keys.ask('ops', host.ip4, `username=${user}`),
        ),
      )
      const lines = async () => (await host.read(FILE)).match(/postern:/g)?.length ?? 0
      expect(await lines()).to.equal(asked.length)
      await Promise.all(asked.map(each => keys.revoke(each)))
      expect(await lines()).to.equal(0)
    })

    it('keeps lines that are added at the same moment', async () => {
      const adding = host.run([
        ...['su', 'alice', '-c'],
        `for i in $(seq 150); do echo "# line $i" >>${FILE}; sleep 0.01; done`,
      ])
      for (let round = 0; round < 3; round++) await gone(await keys.ask('ops', host.ip4))
      await adding
      expect((await host.read(FILE)).match(/^# line \d+$/gm)?.length).to.equal(150)
    })

    it('a file keeps its owner', async () => {
      await root(`echo '# by root' >${FILE}; chown root: ${FILE}; chmod 644 ${FILE}`)
      await refused('alice', /belongs to somebody else/)
      expect(await root(`stat -c %U:%G ${FILE}; cat ${FILE}`)).to.equal('root:root\n# by root\n')
      await root(`rm -rf /home/alice/.ssh`)
    })

    it('a home that nothing can be executed in, and a shell that says very much, are no hindrance', async () => {
      await root(
        'mount --bind ~otpadmin ~otpadmin && mount -o remount,bind,noexec ~otpadmin; echo "yes hello | head -c 400000" >~otpadmin/.bashrc',
      )
      const given = await keys.ask('ops', host.ip4)
      await works(given)
      await gone(given)
      await root('rm ~otpadmin/.bashrc; umount ~otpadmin')
      expect(await root('ls -A ~otpadmin | grep -v "^[.]" || :')).to.equal('')
    })

    it('a host key that is revoked is not trusted for removals', async () => {
      const given = await keys.ask('ops', host.ip4)
      const key = (await host.read('/etc/ssh/ssh_host_ed25519_key.pub'))
        .split(' ')
        .slice(0, 2)
        .join(' ')
      const known = keygen.write('known', `${host.ip4} ${key}\n@revoked * ${key}\n`)
      await keys.role('ops', { known_hosts: `@${known}` })
      await kept(given, /marked as revoked/)
      await keys.role('ops')
      await gone(given)
    })

    it('a host without flock is refused', async () => {
      await root('mv /usr/bin/flock /usr/bin/flock.away')
      await refused('alice', /flock is missing/)
      await root('mv /usr/bin/flock.away /usr/bin/flock')
    })
  })
