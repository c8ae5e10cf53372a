import { join } from 'node:path'
import { expect } from 'chai'
import { Installing, TARGET } from '../support/installing.ts'
import { Keygen } from '../support/keygen.ts'
import type { Host } from '../support/lab.ts'
import { Site } from '../support/site.ts'

const POSTERN = join(import.meta.dirname, '../../dist/postern')

describe('postern ssh -mode=dynamic', function () {
  this.timeout(60_000)

  const keygen = new Keygen()
  let site: Site
  let web: Host

  before(async () => {
    site = await Site.start()
    const keys = new Installing(site, keygen)
    await keys.prepare()
    web = await site.host({ name: 'web', number: 11, setup: TARGET })
    await keys.role('ops')
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })
  afterEach(async () => {
    const left = await site.lab.run(['sh', '-c', 'ls -d /tmp/postern-ssh-* 2>/dev/null'])
    expect(left.stdout, 'files').to.equal('')
    expect(await web.read('/home/alice/.ssh/authorized_keys'), 'keys').to.equal('')
    const leases = await site.cli('list', '-format=json', 'sys/leases/lookup/ssh/creds/ops')
    expect(leases.stdout.trim(), 'leases').to.equal('{}')
  })

  const options = () => ['-role=ops', `-user-known-hosts-file=${site.knownHosts}`]

  for (const mode of [['-mode=dynamic'], []])
    it(`logs in${mode.length === 0 ? ' where the role alone says so' : ''}, and leaves nothing`, async () => {
      const run = await site.cli('ssh', ...mode, ...options(), `alice@${web.ip4}`, 'id -un; exit 7')
      expect(run, run.stderr).to.deep.include({ code: 7, stdout: 'alice\n' })
    })

  it('leaves nothing when it is told to end', async () => {
    const command = `${POSTERN} ssh ${options().join(' ')} alice@${web.ip4} 'echo here; sleep 30' & pid=$!; sleep 4; kill -TERM $pid; wait $pid; echo "ended"`
    const run = await site.run(['bash', '-c', command])
    expect(run.stdout, run.stderr).to.equal('here\nended\n')
  })

  it('leaves nothing when ssh refuses the host', async () => {
    const run = await site.cli('ssh', '-role=ops', `alice@${web.ip4}`, 'id -un')
    expect(run.code).to.equal(255)
  })

  it('has the key in an agent alone, if there is one, and only meanwhile', async () => {
    const inside = 'ls /tmp/postern-ssh-*; ssh-add -l | wc -l'
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
    const run = await site.run(['bash', '-c', command])
    expect(
      run.stdout.split('\n').filter(line => !line.includes('OpenSSH')),
      run.stderr,
    ).to.deep.equal(['key.pub', '1', 'alice', 'The agent has no identities.', ''])
  })

  it('is a transport for scp', async () => {
    const transport = keygen.write(
      'transport',
      `#!/bin/sh\nexec ${POSTERN} ssh ${options().join(' ')} -- "$@"\n`,
      0o755,
    )
    const file = keygen.write('sent', 'hello\n')
    const run = await site.run(['scp', '-q', '-S', transport, file, `alice@${web.ip4}:received`])
    expect(run.code, run.stderr).to.equal(0)
    expect(await web.read('/home/alice/received')).to.equal('hello\n')
  })

  it('prints the key, if told to', async () => {
    const run = await site.cli('ssh', '-no-exec', '-field=key', ...options(), `alice@${web.ip4}`)
    expect(run.stdout).to.match(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/)
    await site.must('write', '-f', 'sys/leases/revoke-prefix/ssh/creds/ops')
  })
})
