import { expect } from 'chai'
import { cases } from '../../support/cases.ts'
import type { Host } from '../../support/lab.ts'
import { RELEASES } from '../../support/releases.ts'
import { Site } from '../../support/site.ts'
import { SshClientHost } from '../../support/ssh-client-host.ts'

const POLICY = ['ops', 'gate']
  .map(role => `path "ssh/creds/${role}" { capabilities = ["update"] }\n`)
  .join('')

/** What a shell would run, if it took a name apart: each would make a file. */
const HOSTILE_NAMES = [
  `10.77.0.11;>owned`,
  `10.77.0.11';>owned;'`,
  '10.77.0.11$(>owned)',
  '10.77.0.11`>owned`',
  `10.77.0.11\\';>owned;\\'`,
  `10.77.0.11\\`,
  '10.77.0.11"\n>owned\n"',
  '10.77.0.11|tee>owned',
  '10.77.0.11&>owned',
]

/** Makes of ssh one of before the fix of CVE-2023-51385, which takes any name: without the characters of its two checks. */
const UNPATCH = `s/\\x27\\x60"(\\$\\\\)?;&<>\\|\\(\\)\\{\\},?(?=\\0)/"~" x length($&)/ge`

const FEW_SESSIONS = 'echo "MaxSessions 4" >/etc/ssh/sshd_config.d/05-sessions.conf\n'

describe('Plain ssh after postern ssh-config, with one-time passwords', function () {
  this.timeout(300_000)

  let site: Site
  let web: Host
  let gate: Host

  before(async () => {
    site = await Site.start()
    await site.must('secrets', 'enable', 'ssh')
    const common = ['key_type=otp', 'default_user=alice', 'allowed_users=alice,bob', 'ttl=10m']
    await site.must('write', 'ssh/roles/ops', 'cidr_list=10.77.0.0/24', ...common)
    await site.must('write', 'ssh/roles/gate', 'cidr_list=10.77.0.12/32', ...common)
    web = await site.host({ name: 'web', number: 11, setup: FEW_SESSIONS })
    gate = await site.host({ name: 'gate', number: 12 })
  })
  after(() => site[Symbol.asyncDispose]())

  /** How often a host has accepted a password. */
  const accepted = async (host: Host) =>
    (await host.read('/var/log/auth.log')).match(/Accepted keyboard-interactive/g)?.length ?? 0

  for (const [index, release] of cases(RELEASES.entries()))
    describe(`of Debian ${release}`, () => {
      let client: SshClientHost

      before(async () => {
        client = await SshClientHost.start(site, { name: release, number: 50 + index, release })
        await client.prepare(POLICY)
        await configure(
          '-host=10.77.0.*',
          '-role=ops',
          '-mode=otp',
          '-user=alice',
          '-max-sessions=4',
        )
      })

      async function configure(...words: readonly string[]): Promise<void> {
        const ended = await client.postern(['ssh-config', ...words])
        expect(ended.code, ended.stderr).to.equal(0)
      }

      /** Closes all connections. */
      const close = () =>
        client.sh('for s in .ssh/postern/m-????????; do ssh -F none -S $s -O exit x; done; true')

      it('logs in, and says nothing', async () => {
        const ended = await client.run(['ssh', web.ip4, 'id -un'])
        expect(ended).to.deep.equal({ code: 0, stdout: 'alice\n', stderr: '' })
      })

      it('passes exit codes, input and signals on', async () => {
        expect((await client.run(['ssh', web.ip4, 'exit 7'])).code).to.equal(7)
        const piped = await client.sh(`echo in | ssh ${web.ip4} cat`)
        expect(piped.stdout).to.equal('in\n')
      })

      it('does not hold the streams of a login open afterwards', async () => {
        await close()
        const begun = performance.now()
        const ended = await client.sh(`ssh ${web.ip4} true 2>&1 | cat`)
        expect(ended.stdout).to.equal('')
        expect(performance.now() - begun).to.be.lessThan(20_000)
      })

      it('opens another connection with another password when one is full', async () => {
        await close()
        const before = await accepted(web)
        const logins = Array.from(
          { length: 20 },
          (_, at) => `ssh ${web.ip4} "sleep 3; echo ${at}" &`,
        )
        const ended = await client.sh(`${logins.join('\n')}\nwait`)
        expect(ended.stderr).to.equal('')
        expect(ended.stdout.trim().split('\n')).to.have.length(20)
        expect((await accepted(web)) - before).to.be.within(5, 7)
      })

      it('finds out that a host takes fewer sessions than -max-sessions', async () => {
        await configure('-host=10.77.0.*', '-role=ops', '-mode=otp', '-user=alice')
        await close()
        const before = await accepted(web)
        const logins = Array.from(
          { length: 9 },
          (_, at) => `ssh ${web.ip4} "sleep 6; echo ${at}" &`,
        )
        const ended = await client.sh(`${logins.join('\n')}\nwait`)
        expect(ended.stderr).to.equal('')
        expect(ended.stdout.trim().split('\n')).to.have.length(9)
        expect((await accepted(web)) - before).to.be.within(3, 4)
      })

      it('gets a credential for each hop', async () => {
        await configure('-host=10.77.0.12', '-role=gate', '-mode=otp', '-user=bob')
        await close()
        const [before, gateBefore] = [await accepted(web), await accepted(gate)]
        const jump = ['ssh', '-J', `bob@${gate.ip4}`, `alice@${web.ip4}`]
        const ended = await client.run([...jump, 'id -un; echo $SSH_CONNECTION'])
        expect(ended.stderr).to.equal('')
        expect(ended.stdout).to.match(/^alice\n10\.77\.0\.12 /)
        const more = [(await accepted(web)) - before, (await accepted(gate)) - gateBefore]
        expect(more).to.deep.equal([1, 1])
      })

      describe('with hostile names', () => {
        before(async () => {
          await client.write('unpatch', UNPATCH)
          const script =
            'perl -0777 -p unpatch /usr/bin/ssh >ssh-unpatched; chmod 755 ssh-unpatched'
          await client.sh(script)
          expect((await client.sh('cmp -l /usr/bin/ssh ssh-unpatched | wc -l')).stdout).to.match(
            /^2[4-9]\n/,
          )
        })

        const unpatched = (...words: readonly string[]) =>
          client.run(['/home/ann/ssh-unpatched', '-G', ...words])

        it('would run them without our pattern and quotes', async () => {
          await client.write('unsafe', 'Match host "10.77.*" exec "test %n = x"\n')
          await unpatched('-F', 'unsafe', HOSTILE_NAMES[0] ?? '')
          expect((await client.sh('rm owned')).code).to.equal(0)
        })

        for (const name of cases(HOSTILE_NAMES))
          it(`runs nothing for ${JSON.stringify(name)}`, async () => {
            for (const words of [[name], ['-l', name, web.ip4], ['-o', `User=${name}`, web.ip4]]) {
              await client.run(['ssh', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=2', ...words])
              const { stdout, stderr } = await unpatched(...words)
              // the fix has other parts than the lists of characters
              if (!/\n|\\$/.test(name)) expect(stdout, stderr).to.contain('hostname 10.77.0.11')
            }
            expect((await client.sh('ls owned')).code).to.equal(2)
          })
      })
    })
})
