import { copyFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect } from 'chai'
import { cases } from '../../support/cases.ts'
import { blocksOfPage } from '../../support/docs/page.ts'
import { HOST_IP, Walk } from '../../support/docs/walk.ts'
import { MadePackages } from '../../support/made-packages.ts'
import { RELEASES } from '../../support/releases.ts'

const VERSION = '1.0.0'

/** Seconds that all of it may take. */
const LONGEST = 60

const FINGERPRINT =
  'openssl x509 -in ca.pem -outform der | openssl dgst -sha256 -binary | base64 | tr -d ='

/** What root of a host has before: a key, and the package where it was downloaded. User ubuntu is as on the images of clouds. */
const BARE = `install -d -m 700 ~/.ssh
cat > ~/.ssh/authorized_keys
echo 'ubuntu ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ubuntu
cp /setup/*.deb .`

/** The three commands of a page, from the package to the first login. */
function commandsOf(page: string): readonly string[] {
  const texts = blocksOfPage(page).map(({ text }) => text)
  const install = texts.findIndex(text => text.startsWith('apt install ./postern-helper_'))
  return texts.slice(install, install + 2).flatMap(text => text.trim().split('\n'))
}

/** What nobody has set up yet, with an engine, a role, and the package. */
async function bareHost(walk: Walk): Promise<void> {
  using made = await MadePackages.make([VERSION])
  const file = made.file('postern-helper', VERSION)
  copyFileSync(file, join(walk.site.folder, basename(file)))
  const key = await walk.must('engine', `ssh-keygen -q -t ed25519 -N '' -f admin; cat admin.pub`)
  await walk.must('host', BARE, key)
  await walk.must('engine', `postern secrets enable ssh\n${ROLE}`)
  const hostKey = await walk.host.read('/etc/ssh/ssh_host_ed25519_key.pub')
  const line = `${HOST_IP} ${hostKey.split(' ', 2).join(' ')}`
  await walk.must('engine', `echo '${line}' >> ~/.ssh/known_hosts`)
}

const ROLE =
  'postern write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.1.0.0/16 ttl=5m'

/** Types the three commands in, and answers yes. @returns seconds */
async function typeCommands(walk: Walk): Promise<number> {
  const fingerprint = (await walk.must('engine', FINGERPRINT)).trim()
  const [install = '', setup = '', login = ''] = commandsOf('README.md').map(command =>
    command.replace('VERSION', VERSION).replace('FINGERPRINT', fingerprint),
  )
  const start = performance.now()
  await walk.must('host', install)
  // it waits for the confirmation then
  const waiting = await walk.type('host', `script -qec '${setup}' /dev/null`, { input: 'y\n' })
  expect(waiting.code, waiting.stdout).to.equal(5)
  const confirmed = await walk.must('engine', login)
  expect(confirmed).to.contain('confirmed: the set-up is kept')
  return (performance.now() - start) / 1000
}

describe('The first login with the package', function () {
  this.timeout(300_000)

  it('takes the same three commands in the README and in docs/hosts.md', () => {
    const commands = commandsOf('README.md')
    expect(commands.map(command => command.split(' ', 2).join(' '))).to.deep.equal([
      'apt install',
      'postern-helper setup',
      'postern ssh',
    ])
    expect(commandsOf('docs/hosts.md')).to.deep.equal(commands)
  })

  for (const release of cases(RELEASES))
    it(`takes a minute at most on ${release}`, async () => {
      await using walk = await Walk.start(release)
      await bareHost(walk)
      const seconds = await typeCommands(walk)
      console.log(`      ${seconds.toFixed(1)} s from a bare host (${release}) to its first login`)
      expect(await walk.host.read('/var/log/auth.log')).to.match(/decision=allowed .*user=ubuntu/)
      expect(seconds).to.be.at.most(LONGEST)
    })
})
