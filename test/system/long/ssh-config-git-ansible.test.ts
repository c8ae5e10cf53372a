import { expect } from 'chai'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'
import { SshClientHost } from '../../support/ssh-client-host.ts'

const POLICY = 'path "ssh/creds/ops" { capabilities = ["update"] }'

const PLAY = `- hosts: all
  gather_facts: false
  tasks:
    - command: id -un
      register: who
    - copy: {content: "by a play", dest: /home/alice/file}
    - assert: {that: who.stdout == 'alice'}
`

describe('Git with submodules, and Ansible at many hosts, after postern ssh-config', function () {
  this.timeout(240_000)

  let site: Site
  let client: SshClientHost
  const hosts: Host[] = []

  before(async () => {
    site = await Site.start()
    await site.must('secrets', 'enable', 'ssh')
    await site.must(
      ...['write', 'ssh/roles/ops', 'key_type=otp', 'cidr_list=10.77.0.0/24', 'ttl=10m'],
      ...['default_user=alice', 'allowed_users=alice'],
    )
    for (let number = 21; number <= 30; number++)
      hosts.push(await site.host({ name: `h${number}`, number }))
    client = await SshClientHost.start(site, { name: 'client', number: 12 })
    await client.prepare(POLICY)
    const words = ['ssh-config', '-host=10.77.0.*', '-role=ops', '-user=alice', '-mode=otp']
    expect((await client.postern(words)).code).to.equal(0)
    const line = ({ ip4 }: Host) => `${ip4} ansible_python_interpreter=/usr/bin/python3\n`
    await client.write('inventory', hosts.map(line).join(''))
    await client.write('play.yml', PLAY)
  })
  after(() => site[Symbol.asyncDispose]())

  for (const [what, setting] of [
    ['that shares connections itself', ''],
    ['that shares none', 'ANSIBLE_SSH_ARGS="-o ControlMaster=no"'],
  ] as const)
    it(`runs a play at ten hosts at once with an Ansible ${what}, by one password each`, async () => {
      const before = await Promise.all(hosts.map(accepted))
      const play = `LC_ALL=C.UTF-8 ${setting} ansible-playbook -f 10 -i inventory play.yml`
      const { code, stdout, stderr } = await client.sh(play)
      expect(code, stdout + stderr).to.equal(0)
      expect(stdout.match(/ok=3 .*unreachable=0 .*failed=0/g)).to.have.lengthOf(10)
      for (const [at, host] of hosts.entries()) {
        expect((await accepted(host)) - (before[at] ?? 0)).to.equal(1)
        expect(await host.read('/home/alice/file')).to.equal('by a play')
      }
    })

  it('clones submodules with git, and runs nothing for one with a hostile address', async () => {
    const [web] = hosts
    if (!web) throw new Error('no host')
    const git = 'git -c user.email=a@b -c user.name=a'
    const push = `$git push -q ssh://${web.ip4}/home/alice`
    await web.run([
      'sh',
      '-c',
      'cd /home/alice; for r in part top; do git init -q --bare $r.git; done; chown -R alice .',
    ])
    await client.sh(`git='${git}'
git init -q part; cd part; $git commit -q --allow-empty -m part; ${push}/part.git HEAD:master; cd ..
git init -q top; cd top; $git submodule -q add ssh://${web.ip4}/home/alice/part.git part 2>/dev/null
$git commit -qm top; ${push}/top.git HEAD:master`)
    const clone = `git clone -q --recurse-submodules -j4 ssh://${web.ip4}/home/alice/top.git clone`
    expect((await client.sh(clone)).stderr).to.equal('')
    expect((await client.sh('ls -a clone/part')).stdout).to.contain('.git')
    const hostile = `cd clone; git config -f .gitmodules submodule.part.url "ssh://${web.ip4}';touch owned;'/x.git"
git submodule sync -q; rm -rf part .git/modules/part; git submodule update --init part; ls owned ../owned`
    expect((await client.sh(hostile)).code).to.equal(2)
  })

  const accepted = async (host: Host) =>
    (await host.read('/var/log/auth.log')).match(/Accepted keyboard-interactive/g)?.length ?? 0
})
