import { expect } from 'chai'
import { type Given, Installing, TARGET } from '../../support/installing.ts'
import { Keygen } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'

const FILE = '/home/otpadmin/.ssh/authorized_keys'

/**
 * A script as people have had it since Vault made dynamic keys: it begins with an empty line, is written for bash, and takes out the lines
 * that have the given one in them.
 */
const OF_OLD = `
#!/bin/bash
# Puts an RSA key into authorized_keys, or takes it out
set -e
operation=$1 keyfile=$2 authorized=$3
function cleanup {
  rm -f "$keyfile" "temp_$keyfile"
}
trap cleanup EXIT
if [[ "$operation" != install && "$operation" != uninstall ]]; then exit 1; fi
(
  flock --timeout 10 200
  sudo mkdir -p "$(dirname "$authorized")"
  sudo touch "$authorized"
  sudo grep -vFf "$keyfile" "$authorized" >"temp_$keyfile" || true
  cat "temp_$keyfile" | sudo tee "$authorized"
  if [ "$operation" == install ]; then cat "$keyfile" | sudo tee --append "$authorized"; fi
) 200>"$authorized.lock"
`

/** Installs, and says that it has removed what it has not. */
const KEEPING = `#!/bin/sh
[ "$1" = uninstall ] || cat "$2" >>"$3"
rm "$2"
`

/** Keeps keys where a command of sshd's finds them, and the built-in script does not. */
const ELSEWHERE = `#!/bin/sh
case $1 in
  install) cat "$2" >>"$3".all ;;
  uninstall) grep -vFf "$2" "$3".all >"$3".new; cat "$3".new >"$3".all; rm "$3".new ;;
esac
rm "$2"
`

const COMMAND = `
printf 'AuthorizedKeysCommand /usr/bin/cat ${FILE}.all\\nAuthorizedKeysCommandUser root\\n' >/etc/ssh/sshd_config.d/90-command.conf
`

describe('A key installed by a script of one’s own', function () {
  this.timeout(60_000)

  const keygen = new Keygen()
  let site: Site
  let keys: Installing
  let web: Host
  let admin: string

  before(async () => {
    site = await Site.start()
    keys = new Installing(site, keygen)
    await keys.prepare()
    web = await site.host({ name: 'web', number: 11, setup: TARGET + COMMAND })
    admin = await web.read(FILE)
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  const role = (name: string, script: string, more: Readonly<Record<string, string>> = {}) =>
    keys.role(name, {
      install_script: `@${keygen.write(`${name}.sh`, script)}`,
      default_user: 'otpadmin',
      ...more,
    })
  const login = async (given: Given) => (await keys.login(given, web, 'otpadmin')).code
  const leases = async (name: string) =>
    (await site.cli('list', '-format=json', `sys/leases/lookup/ssh/creds/${name}`)).stdout.trim()

  for (const [why, name, more, line] of [
    ['without options', 'plain', {}, OF_OLD],
    ['with options', 'bound', { key_option_specs: 'no-port-forwarding,no-pty' }, OF_OLD],
    ['with lines that end as on Windows', 'windows', {}, OF_OLD.replaceAll('\n', '\r\n')],
  ] as const)
    it(`is removed with its lease by the script of its installation, ${why}`, async () => {
      await role(name, line, more)
      const given = await keys.ask(name, web.ip4)
      expect(given.warnings).to.equal(null)
      expect(await login(given)).to.equal(0)
      const revoked = await keys.revoke(given)
      expect(revoked.code, revoked.stderr).to.equal(0)
      expect(await login(given)).to.equal(255)
      expect(await web.read(FILE)).to.equal(admin)
    })

  it('does not count as removed while it is in the file', async () => {
    await role('keeping', KEEPING)
    const given = await keys.ask('keeping', web.ip4)
    expect(given.warnings).to.equal(null)
    const { code, stderr } = await keys.revoke(given)
    expect(code).to.equal(2)
    expect(stderr).to.include(
      'error removing public key from authorized_keys file in target: the script succeeded, but the key is still in the file',
    )
    expect(await leases('keeping')).to.not.equal('{}')
    // what the script would not do, a better one of the role does
    await role('keeping', OF_OLD)
    const where = ['role=keeping', `ip=${web.ip4}`, 'username=otpadmin']
    await site.must('write', '-f', 'sys/leases/revoke-force/ssh/creds/keeping')
    await site.must('write', 'ssh/dynamic/sweep', ...where, 'dry_run=false')
    expect(await login(given)).to.equal(255)
    expect(await web.read(FILE)).to.equal(admin)
  })

  it('does not count as removed where the file could be read before, and cannot now', async () => {
    await role('hidden', OF_OLD)
    const given = await keys.ask('hidden', web.ip4)
    await web.run(['mv', '/usr/bin/setpriv', '/usr/bin/setpriv.away'])
    await web.run(['mv', '/usr/bin/su', '/usr/bin/su.away'])
    const { code, stderr } = await keys.revoke(given)
    await web.run(['mv', '/usr/bin/setpriv.away', '/usr/bin/setpriv'])
    await web.run(['mv', '/usr/bin/su.away', '/usr/bin/su'])
    expect([code, stderr]).to.deep.equal([2, stderr])
    expect(stderr).to.include('the file could not be read to verify it')
    expect((await keys.revoke(given)).code).to.equal(0)
  })

  it('is removed unproved where it was never seen, and that is said', async () => {
    await role('elsewhere', ELSEWHERE)
    const given = await keys.ask('elsewhere', web.ip4)
    expect(given.warnings).to.deep.equal([
      'The key was not found in the authorized_keys file that sshd reads: its removal by install_script cannot be verified.',
    ])
    expect(await login(given)).to.equal(0)
    expect((await keys.revoke(given)).code).to.equal(0)
    expect(await login(given)).to.equal(255)
    expect(await web.read(`${FILE}.all`)).to.equal('')
  })
})
