import { mkdtempSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Installing, TARGET } from '../../support/installing.ts'
import { Keygen } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'

const POSTERN = join(import.meta.dirname, '../../../dist/postern')

describe('postern ssh -mode=dynamic', function () {
  this.timeout(60_000)

  const keygen = new Keygen()
  let site: Site
  let web: Host
  let keys: Installing
  let token: string
  /** Of these logins alone: other tests log in at the same time. */
  let temporary: string

  before(async () => {
    site = await Site.start()
    keys = new Installing(site, keygen)
    await keys.prepare()
    web = await site.host({ name: 'web', number: 11, setup: TARGET })
    await keys.role('ops')
    temporary = mkdtempSync(join(keygen.folder, 'tmp-'))
    // no more than docs/policies.md says that a login takes
    const policy = keygen.write('user.hcl', 'path "ssh/creds/ops" { capabilities = ["update"] }\n')
    await site.must('policy', 'write', 'dynamic-user', policy)
    token = await site.must('token', 'create', '-policy=dynamic-user', '-field=token')
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })
  afterEach(async () => {
    const left = readdirSync(temporary).filter(name => name.startsWith('postern-ssh-'))
    expect(left, 'files').to.deep.equal([])
    expect(await web.read('/home/alice/.ssh/authorized_keys'), 'keys').to.equal('')
    const leases = await site.cli('list', '-format=json', 'sys/leases/lookup/ssh/creds/ops')
    expect(leases.stdout.trim(), 'leases').to.equal('{}')
  })

  const run = (command: readonly string[]) =>
    site.run(command, { POSTERN_TOKEN: token, TMPDIR: temporary })

  const sshAsRoot = (...words: readonly string[]) =>
    site.run([POSTERN, 'ssh', ...words], { TMPDIR: temporary })

  const ssh = (...words: readonly string[]) => run([POSTERN, 'ssh', ...words])

  const options = () => ['-role=ops', `-user-known-hosts-file=${site.knownHosts}`]

  for (const mode of [['-mode=dynamic'], []])
    it(`logs in${mode.length === 0 ? ' where the role alone says so' : ''}, and leaves nothing`, async () => {
      const ended = await ssh(...mode, ...options(), `alice@${web.ip4}`, 'id -un; exit 7')
      expect(ended, ended.stderr).to.deep.include({ code: 7, stdout: 'alice\n' })
    })

  it('leaves nothing behind on SIGTERM', async () => {
    const said = join(keygen.folder, 'said')
    const command = `${POSTERN} ssh ${options().join(' ')} alice@${web.ip4} 'echo here; sleep 100' >${said} & pid=$!
      until grep -q here ${said}; do sleep 0.1; done; kill -TERM $pid; wait $pid; cat ${said}; echo "ended"`
    const ended = await run(['bash', '-c', command])
    expect(ended.stdout, ended.stderr).to.equal('here\nended\n')
  })

  it('leaves nothing when ssh refuses the host', async () => {
    const ended = await ssh('-role=ops', `alice@${web.ip4}`, 'id -un')
    expect(ended.code).to.equal(255)
    expect(ended.stderr).to.include('Host key verification failed')
  })

  it('has the key in an agent alone, if there is one, and only meanwhile', async () => {
    const inside = `ls ${temporary}/postern-ssh-*; ssh-add -l | wc -l`
    const wrapper = keygen.write(
      'ssh-that-looks',
      `#!/bin/sh\n[ "$1" = -G ] || { ${inside}; }\nexec ssh "$@"\n`,
      0o755,
    )
    const command = `
      eval "$(ssh-agent -s)" >/dev/null
      trap 'kill $SSH_AGENT_PID' EXIT
      ${POSTERN} ssh ${options().join(' ')} -ssh-executable=${wrapper} alice@${web.ip4} id -un </dev/null
      ssh-add -l`
    const ended = await run(['bash', '-c', command])
    expect(
      ended.stdout.split('\n').filter(line => !line.includes('OpenSSH')),
      ended.stderr,
    ).to.deep.equal(['key.pub', '1', 'alice', 'The agent has no identities.', ''])
  })

  it('does not lend the key to the host, although the user forwards an agent', async () => {
    // who writes to an agent that has hung up may be ended by SIGPIPE
    const command = 'echo $SSH_AUTH_SOCK; ssh-add -L || exit 7'
    const ended = await ssh(...options(), `alice@${web.ip4}`, '-A', command)
    expect(ended.code, ended.stdout).to.equal(7)
    expect(ended.stdout).to.match(/agent/)
    expect(ended.stdout).not.to.include('ssh-ed25519')
  })

  it('shares connections only between logins of one role, and with no others', async () => {
    await keys.role('limited', { key_option_specs: 'command="echo LIMITED"' })
    const config = keygen.write(
      'sharing',
      `ControlMaster auto\nControlPath ${keygen.folder}/cm-%C\nControlPersist 4s\n`,
    )
    const words = (role: string) => [...options(), `-role=${role}`, `alice@${web.ip4}`]
    const ended = []
    for (const role of ['ops', 'limited', 'ops'])
      ended.push((await sshAsRoot(...words(role), '-F', config, 'echo FULL')).stdout)
    expect(ended).to.deep.equal(['FULL\n', 'LIMITED\n', 'FULL\n'])
    const plain = [
      '-F',
      config,
      '-o',
      'BatchMode=yes',
      '-o',
      `UserKnownHostsFile=${site.knownHosts}`,
    ]
    expect((await run(['ssh', ...plain, `alice@${web.ip4}`, 'echo FULL'])).stdout).to.equal('')
  })

  it('logs in with an RSA key', async () => {
    await keys.role('rsa', { key_algorithm: 'rsa', key_bits: '2048' })
    const ended = await sshAsRoot(...options(), '-role=rsa', `alice@${web.ip4}`, 'id -un')
    expect(ended, ended.stderr).to.deep.include({ code: 0, stdout: 'alice\n' })
  })

  it('is a transport for scp', async () => {
    const transport = keygen.write(
      'transport',
      `#!/bin/sh\nexec ${POSTERN} ssh ${options().join(' ')} -- "$@"\n`,
      0o755,
    )
    const file = keygen.write('sent', 'hello\n')
    const ended = await run(['scp', '-q', '-S', transport, file, `alice@${web.ip4}:received`])
    expect(ended.code, ended.stderr).to.equal(0)
    expect(await web.read('/home/alice/received')).to.equal('hello\n')
  })

  it('prints the key, with a flag', async () => {
    const ended = await ssh('-no-exec', '-field=key', ...options(), `alice@${web.ip4}`)
    expect(ended.stdout).to.match(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/)
    await site.must('write', '-f', 'sys/leases/revoke-prefix/ssh/creds/ops')
  })
})
