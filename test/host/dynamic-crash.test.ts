import { expect } from 'chai'
import { INSTALL_SCRIPT } from '../../engine/ssh/install-script.ts'
import { Installing, TARGET } from '../support/installing.ts'
import { Keygen } from '../support/keygen.ts'
import type { Host } from '../support/lab.ts'
import { Site } from '../support/site.ts'

const FILE = '/home/alice/.ssh/authorized_keys'

/** The built-in script, which says when it begins and when it is done, and waits there while somebody holds it. */
const HELD = `#!/bin/sh
hold() {
  touch "/tmp/$1-$2"
  while [ -e "/tmp/hold-$1-$2" ]; do sleep 0.05; done
}
hold before "$1"
cat >"$2.run" <<'BUILTIN'
${INSTALL_SCRIPT}
BUILTIN
sh "$2.run" "$@"
code=$?
rm -f "$2.run"
hold after "$1"
exit $code
`

describe('A key whose engine is killed', function () {
  this.timeout(120_000)

  const keygen = new Keygen()
  let site: Site
  let keys: Installing
  let web: Host

  before(async () => {
    site = await Site.start({ lasting: true })
    keys = new Installing(site, keygen)
    await keys.prepare()
    web = await site.host({ name: 'web', number: 11, setup: TARGET })
    const script = keygen.write('held', HELD)
    await keys.role('held', { ttl: '6s', install_script: `@${script}`, install_timeout: '4s' })
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  const exists = async (file: string) => (await web.run(['test', '-e', file])).code === 0
  const until = async (what: () => Promise<boolean>, seconds: number) => {
    for (let tries = 0; !(await what()); tries++) {
      if (tries > seconds * 10) throw new Error('it did not happen in time')
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
  const isClean = async () => !(await web.read(FILE)).includes('postern:')
  const leases = async () =>
    (await site.cli('list', '-format=json', 'sys/leases/lookup/ssh/creds/held')).stdout.trim()

  async function crash(): Promise<void> {
    await site.crashEngine()
    await web.run(['sh', '-c', 'rm -f /tmp/hold-* /tmp/before-* /tmp/after-*'])
    await site.startEngine()
  }

  /** Whatever has happened: in the end there is neither a key nor a lease. */
  const ends = async () => {
    await until(async () => (await leases()) === '{}', 60)
    expect(await isClean()).to.equal(true)
  }

  for (const [when, mark] of [
    ['before the key is put there', 'before-install'],
    ['when the key has just been put there', 'after-install'],
    ['before the key is taken away', 'before-uninstall'],
    ['when the key has just been taken away', 'after-uninstall'],
  ] as const)
    it(`${when} is removed all the same`, async () => {
      await web.run(['sh', '-c', `rm -f /tmp/before-* /tmp/after-*; touch /tmp/hold-${mark}`])
      const asked = site.cli('write', 'ssh/creds/held', `ip=${web.ip4}`)
      await until(() => exists(`/tmp/${mark}`), 30)
      await crash()
      await asked
      expect(await leases(), 'the lease was durable before the host was told').not.to.equal('{}')
      await ends()
    })

  it('while the host does not answer is removed all the same', async () => {
    await web.run(['pkill', '-STOP', '-x', 'sshd'])
    const asked = site.cli('write', 'ssh/creds/held', `ip=${web.ip4}`)
    await until(async () => (await leases()) !== '{}', 30)
    await crash()
    await asked
    await web.run(['pkill', '-CONT', '-x', 'sshd'])
    await ends()
  })

  it('is renewed on its host first: a lease never ends later than its key', async () => {
    const given = await keys.ask('held', web.ip4)
    await web.run(['touch', '/tmp/hold-after-install'])
    await web.run(['rm', '-f', '/tmp/after-install'])
    const renewed = site.cli(
      'write',
      'sys/leases/renew',
      `lease_id=${given.lease}`,
      'increment=3600',
    )
    await until(() => exists('/tmp/after-install'), 30)
    await crash()
    expect((await renewed).code).to.equal(2)
    await ends()
  })

  it('on a host that is away when the lease ends is removed when the host comes back', async () => {
    const given = await keys.ask('held', web.ip4)
    await web.run(['ip', 'link', 'set', 'eth0', 'down'])
    expect((await keys.revoke(given)).code).to.equal(2)
    const failing = JSON.parse(
      await site.must('read', '-format=json', 'sys/leases', 'type=failing'),
    )
    expect(failing.data.leases[0]).to.deep.include({ lease_id: given.lease })
    expect(failing.data.leases[0].error).to.match(/^error removing public key/)
    const renewed = await site.cli('write', 'sys/leases/renew', `lease_id=${given.lease}`)
    expect(renewed.code).to.equal(2)
    await web.run(['ip', 'link', 'set', 'eth0', 'up'])
    await ends()
  })

  it('is given up by force alone', async () => {
    await keys.role('long')
    const given = await keys.ask('long', web.ip4)
    await web.run(['ip', 'link', 'set', 'eth0', 'down'])
    await site.must('write', '-f', 'sys/leases/revoke-force/ssh/creds/long')
    expect((await site.cli('write', 'sys/leases/lookup', `lease_id=${given.lease}`)).code).to.equal(
      2,
    )
    await web.run(['ip', 'link', 'set', 'eth0', 'up'])
    expect(await isClean()).to.equal(false)
  })

  it('that was given up by force is found by a sweep once its time has come, and others are not', async () => {
    await keys.role('brief', { ttl: '5s' })
    await keys.role('long')
    const others = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKiTcHqPzUs postern:another-mount:lease\n'
    await web.run(['sh', '-c', `echo ssh-rsa AAAAB3Nz me >${FILE}; printf '${others}' >>${FILE}`])
    const given = await keys.ask('brief', web.ip4)
    const live = await keys.ask('long', web.ip4)
    await web.run(['ip', 'link', 'set', 'eth0', 'down'])
    await site.must('write', '-f', 'sys/leases/revoke-force/ssh/creds/brief')
    await web.run(['ip', 'link', 'set', 'eth0', 'up'])
    await new Promise(resolve => setTimeout(resolve, 5000))
    const sweep = async (...more: readonly string[]) =>
      JSON.parse(
        await site.must(
          ...['write', '-format=json', 'ssh/dynamic/sweep', 'role=long', `ip=${web.ip4}`, ...more],
        ),
      ).data
    const before = await web.read(FILE)
    const told = await sweep()
    expect(told).to.deep.include({ dry_run: true, live: 1 })
    expect(told.strays.map((each: { lease_id: string }) => each.lease_id)).to.deep.equal([
      given.lease,
    ])
    expect(await web.read(FILE)).to.equal(before)
    expect(await sweep('dry_run=false')).to.deep.equal({ ...told, dry_run: false })
    expect((await web.read(FILE)).split('\n').slice(1)).to.deep.equal([
      'ssh-rsa AAAAB3Nz me',
      others.trim().replace('\\n', ''),
      '',
    ])
    expect((await keys.login(live, web)).code).to.equal(0)
  })
})
