import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { BareHost, NOT_SET_UP, SET_UP } from '../../support/bare-host.ts'
import type { Ended } from '../../support/lab.ts'
import { MadePackages } from '../../support/made-packages.ts'
import { Site } from '../../support/site.ts'

const ROLES = join(import.meta.dirname, '../../../packaging/ansible/roles')

/** Tasks that did something, and that failed. */
interface Recap {
  readonly changed: number
  readonly failed: number
}

describe('The Ansible role postern_host', function () {
  this.timeout(300_000)

  let site: Site
  let packages: MadePackages
  let bare: BareHost
  let untouched: string
  let token: string

  before(async () => {
    packages = await MadePackages.make(['1.0.0'])
    site = await Site.start()
    await BareHost.prepare(site)
    // without the program, which the role installs, and which this machine may have
    const setup = 'rm -rf /usr/local/sbin/postern-helper /usr/sbin/postern-helper /etc/postern\n'
    bare = await BareHost.start(site, { name: 'bare', number: 41, setup })
    untouched = await bare.files()
    token = await site.must('write', '-f', '-field=token', 'ssh/hosts/bare/enroll')
  })
  after(async () => {
    packages[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  /** Runs a play with the role, over SSH. */
  async function play(state: 'present' | 'absent', ...words: readonly string[]): Promise<Ended> {
    const flags = Object.fromEntries(bare.engine.map(flag => flag.slice(1).split(/=(.*)/s)))
    const vars = {
      postern_host_state: state,
      postern_host_package: packages.file('postern-helper', '1.0.0'),
      postern_host_engine: [flags.engine],
      postern_host_ca_fingerprint: flags['ca-fingerprint'],
      postern_host_name: 'bare',
      postern_host_enroll_token: token,
    }
    const playbook = join(site.folder, 'play.json')
    writeFileSync(playbook, JSON.stringify([{ hosts: 'all', roles: ['postern_host'], vars }]))
    const inventory = join(site.folder, 'inventory')
    const ssh = `-o UserKnownHostsFile=${site.knownHosts}`
    const login = `ansible_user=root ansible_ssh_private_key_file=${join(site.folder, 'key')}`
    const more = `ansible_ssh_common_args="${ssh}" ansible_python_interpreter=/usr/bin/python3`
    writeFileSync(inventory, `${bare.host.ip4} ${login} ${more}\n`)
    return site.lab.run(['ansible-playbook', '-i', inventory, playbook, ...words], {
      timeout: 280_000,
      env: {
        ...{ HOME: site.folder, LC_ALL: 'C.UTF-8', ANSIBLE_NOCOLOR: '1' },
        ...{ ANSIBLE_ROLES_PATH: ROLES, ANSIBLE_PIPELINING: '1', ANSIBLE_GATHER_SUBSET: '!all' },
      },
    })
  }

  /** Plays it, and says how many tasks did something. */
  async function changedBy(...words: Parameters<typeof play>): Promise<number> {
    const ended = await play(...words)
    const { changed, failed } = recapOf(ended)
    expect(failed, ended.stdout).to.equal(0)
    return changed
  }

  function recapOf({ stdout, stderr }: Ended): Recap {
    const [, changed, failed] = /changed=(\d+) .* failed=(\d+)/.exec(stdout) ?? []
    if (changed === undefined) throw new Error(stdout + stderr)
    return { changed: Number(changed), failed: Number(failed) }
  }

  it('changes nothing in check mode', async () => {
    expect(await changedBy('present', '--check', '--diff')).to.be.above(0)
    expect(await bare.files()).to.equal(untouched)
    expect(await bare.logins()).to.deep.equal(NOT_SET_UP)
  })

  it('installs the package, and sets an enrolled host up', async () => {
    expect(await changedBy('present')).to.be.above(1)
    expect(await bare.logins()).to.deep.equal(SET_UP)
    expect(await site.must('read', '-field=enrolled', 'ssh/hosts/bare')).to.equal('true')
  })

  it('changes nothing when it is played again', async () => {
    expect(await changedBy('present')).to.equal(0)
    expect(await changedBy('present', '--check')).to.equal(0)
  })

  it('shows what it would mend, and mends that alone', async () => {
    await bare.sh('rm /etc/ssh/sshd_config.d/10-postern.conf')
    const { stdout } = await play('present', '--check', '--diff')
    expect(stdout).to.match(/^\+LoginGraceTime 60$/m)
    expect(await changedBy('present')).to.equal(1)
    expect(await bare.logins()).to.deep.equal(SET_UP)
  })

  it('fails with the reason, and leaves the host as it was', async () => {
    const before = await bare.files()
    const ended = await play('present', '-e', 'postern_host_ca_fingerprint=SHA256:AAAA')
    expect(recapOf(ended).failed, ended.stdout).to.equal(1)
    expect(ended.stdout).to.match(/fingerprint/)
    expect(await bare.files()).to.equal(before)
  })

  it('takes all of it back', async () => {
    expect(await changedBy('absent')).to.be.above(1)
    expect(await bare.files()).to.equal(untouched)
    expect(await bare.logins()).to.deep.equal(NOT_SET_UP)
    expect(await changedBy('absent')).to.equal(0)
  })
})
