import { expect } from 'chai'
import { INSTALL_SCRIPT } from '../../../engine/ssh/role/install-script.ts'
import { Installing, TARGET } from '../../support/installing.ts'
import { Keygen } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'

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
  let script: string

  before(async () => {
    site = await Site.start({ lasting: true })
    keys = new Installing(site, keygen)
    await keys.prepare()
    web = await site.host({ name: 'web', number: 11, setup: TARGET })
    script = keygen.write('held', HELD)
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
  const leases = async (role: string) =>
    (await site.cli('list', '-format=json', `sys/leases/lookup/ssh/creds/${role}`)).stdout.trim()

  /** A role of its own for each test, so that none sees what another has left to be removed. */
  const held = (name: string) =>
    keys.role(name, { ttl: '6s', install_script: `@${script}`, install_timeout: '4s' })

  async function crash(): Promise<void> {
    await site.crashEngine()
    await web.run(['sh', '-c', 'rm -f /tmp/hold-* /tmp/before-* /tmp/after-*'])
    await site.startEngine()
  }

  /** Kills the engine when the script is there, and starts it again. */
  async function crashAt(mark: string): Promise<void> {
    await held(mark)
    await web.run(['sh', '-c', `rm -f /tmp/before-* /tmp/after-*; touch /tmp/hold-${mark}`])
    const asked = site.cli('write', `ssh/creds/${mark}`, `ip=${web.ip4}`)
    await until(() => exists(`/tmp/${mark}`), 30)
    await crash()
    await asked
  }

  const gone = (role: string) => until(async () => (await leases(role)) === '{}', 60)

  for (const [when, mark] of [
    ['before the key is taken away', 'before-uninstall'],
    ['when the key has just been taken away', 'after-uninstall'],
  ] as const)
    it(`${when} is removed all the same`, async () => {
      await crashAt(mark)
      await gone(mark)
      expect(await isClean()).to.equal(true)
    })

  it('on a host that is away when the lease ends is removed when the host comes back', async () => {
    await held('away')
    const given = await keys.ask('away', web.ip4)
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
    await gone('away')
    expect(await isClean()).to.equal(true)
  })

  it('and not started again is refused by its host when its time has come', async () => {
    await keys.role('orphan', { ttl: '8s' })
    const given = await keys.ask('orphan', web.ip4)
    expect((await keys.login(given, web)).code).to.equal(0)
    await site.crashEngine()
    await new Promise(resolve => setTimeout(resolve, 11_000))
    expect(await isClean()).to.equal(false)
    await keys.denied(given, web)
    await site.startEngine()
    await gone('orphan')
    expect(await isClean()).to.equal(true)
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

  it('that was given up by force is found by a sweep at once, and others are not', async () => {
    await keys.role('brief')
    await keys.role('long')
    const others = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKiTcHqPzUs postern:another-mount:lease\n'
    await web.run(['sh', '-c', `echo ssh-rsa AAAAB3Nz me >${FILE}; printf '${others}' >>${FILE}`])
    const given = await keys.ask('brief', web.ip4)
    const live = await keys.ask('long', web.ip4)
    await web.run(['ip', 'link', 'set', 'eth0', 'down'])
    await site.must('write', '-f', 'sys/leases/revoke-force/ssh/creds/brief')
    await web.run(['ip', 'link', 'set', 'eth0', 'up'])
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
  // what a crash has left marked as being installed is removed when the mark ends, so it is waited for only once, below
  for (const [when, mark] of [
    ['before the key is put there', 'before-install'],
    ['when the key has just been put there', 'after-install'],
  ] as const)
    it(`${when} has a lease`, async () => {
      await crashAt(mark)
      expect(await leases(mark)).not.to.equal('{}')
    })

  it('while the host does not answer has a lease', async () => {
    await held('silent')
    await web.run(['pkill', '-STOP', '-x', 'sshd'])
    const asked = site.cli('write', 'ssh/creds/silent', `ip=${web.ip4}`)
    await until(async () => (await leases('silent')) !== '{}', 30)
    await crash()
    await asked
    await web.run(['pkill', '-CONT', '-x', 'sshd'])
  })

  it('while it is renewed ends when its lease would have ended', async () => {
    await held('renewed')
    const given = await keys.ask('renewed', web.ip4)
    await web.run(['sh', '-c', 'rm -f /tmp/after-install; touch /tmp/hold-after-install'])
    const renewed = site.cli(
      'write',
      'sys/leases/renew',
      `lease_id=${given.lease}`,
      'increment=3600',
    )
    await until(() => exists('/tmp/after-install'), 30)
    await crash()
    expect((await renewed).code).to.equal(2)
    expect((await web.read(FILE)).split('\n').length).to.be.above(1)
  })

  it('is removed all the same in the end', async () => {
    for (const role of ['before-install', 'after-install', 'silent', 'renewed']) await gone(role)
    const left = await web.run(['grep', '-cE', '(before|after)-install|silent|renewed', FILE])
    expect(left.stdout).to.equal('0\n')
  })
})
