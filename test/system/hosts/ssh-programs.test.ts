import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Keygen } from '../../support/keygen.ts'
import type { Host } from '../../support/lab.ts'
import { Site } from '../../support/site.ts'

const POSTERN = join(import.meta.dirname, '../../../dist/postern')

/** What Ansible gives to ssh before the host: it logs in by keys, and never asks. */
const ANSIBLE = [
  ...['-C', '-o', 'ControlMaster=no', '-o', 'KbdInteractiveAuthentication=no'],
  ...['-o', 'PreferredAuthentications=gssapi-with-mic,gssapi-keyex,hostbased,publickey'],
  ...['-o', 'PasswordAuthentication=no', '-o', 'User="alice"', '-o', 'ConnectTimeout=10'],
  ...['-o', 'BatchMode=yes', '-tt'],
]

/** What VS Code gives. */
const VS_CODE = ['-v', '-T', '-D', '39021', '-o', 'ConnectTimeout=15', '-l', 'alice']

describe('Programs that run postern ssh -mode=otp', function () {
  this.timeout(60_000)

  const keygen = new Keygen()
  let site: Site
  let web: Host
  let script: string
  let environment: Readonly<Record<string, string>>

  before(async () => {
    site = await Site.start()
    web = await site.host({ name: 'web', number: 11 })
    await site.must('secrets', 'enable', 'ssh')
    await site.must(
      ...['write', 'ssh/roles/ops', 'key_type=otp', 'default_user=alice', 'cidr_list=10.77.0.0/24'],
    )
    const policy = keygen.write('p.hcl', 'path "ssh/creds/ops" { capabilities = ["update"] }\n')
    await site.must('policy', 'write', 'otp-user', policy)
    const token = await site.must('token', 'create', '-policy=otp-user', '-field=token')
    environment = { POSTERN_TOKEN: token, POSTERN_SSH_USER_KNOWN_HOSTS_FILE: site.knownHosts }
    script = keygen.write('ssh', `#!/bin/sh\nexec ${POSTERN} ssh -role=ops "$@"\n`, 0o755)
  })
  after(async () => {
    keygen[Symbol.dispose]()
    await site[Symbol.asyncDispose]()
  })

  const run = (words: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    site.run(words, { ...environment, ...more })

  for (const [what, words] of [
    ['Ansible', ANSIBLE],
    ['VS Code', VS_CODE],
    ['rsync', ['-l', 'alice']],
  ] as const)
    it(`log in with the options of ${what}`, async () => {
      const ended = await run([script, ...words, web.ip4, 'id -un'])
      expect(ended.code, ended.stderr).to.equal(0)
      expect(ended.stdout.trim()).to.equal('alice')
      expect(ended.stderr).not.to.include('failed to revoke')
    })

  it('copy files with scp', async () => {
    const file = keygen.write('file', 'copied\n')
    const ended = await run(['scp', '-S', script, file, `alice@${web.ip4}:file`])
    expect(ended, ended.stderr).to.include({ code: 0 })
    expect(await web.read('/home/alice/file')).to.equal('copied\n')
  })

  it('copy files with sftp, from a batch too', async () => {
    const [file, back] = [keygen.write('file', 'brought\n'), join(keygen.folder, 'back')]
    const batch = keygen.write('batch', `put ${file} other\nget other ${back}\n`)
    const ended = await run(['sftp', '-S', script, '-b', batch, `alice@${web.ip4}`])
    expect(ended, ended.stderr).to.include({ code: 0 })
    expect(readFileSync(back, 'utf8')).to.equal('brought\n')
  })

  it('clone with git', async () => {
    await web.run(['sh', '-c', 'git init -q --bare /home/alice/p.git; chown -R alice /home/alice'])
    const clone = ['git', 'clone', '-q', `ssh://alice@${web.ip4}:22/home/alice/p.git`]
    const ended = await run([...clone, join(keygen.folder, 'clone')], {
      GIT_SSH_COMMAND: `${POSTERN} ssh -role=ops`,
    })
    expect(ended, ended.stderr).to.include({ code: 0 })
  })

  describe('and hosts whose keys are not known', () => {
    const login = (more: readonly string[]) => [POSTERN, 'ssh', '-role=ops', ...more]

    it('are accepted if the configuration of ssh says so', async () => {
      const config = keygen.write(
        'config',
        `StrictHostKeyChecking accept-new\nUserKnownHostsFile ${join(keygen.folder, 'known')}\n`,
      )
      const words = login(['-F', config, `alice@${web.ip4}`, 'id -un'])
      const ended = await run(words, { POSTERN_SSH_USER_KNOWN_HOSTS_FILE: '' })
      expect(ended.stdout, ended.stderr).to.equal('alice\n')
    })

    it('are refused where no prompt is possible', async () => {
      const ended = await run(login([`alice@${web.ip4}`, 'id -un']), {
        POSTERN_SSH_USER_KNOWN_HOSTS_FILE: '/dev/null',
      })
      expect(ended.code).to.equal(255)
      expect(ended.stderr).to.include('or log in once at a terminal')
    })

    it('are asked about at a terminal', async () => {
      const known = join(keygen.folder, 'asked')
      writeFileSync(known, '')
      const words = login([`-user-known-hosts-file=${known}`, `alice@${web.ip4}`, 'id -un'])
      const quoted = words.map(word => `"${word}"`).join(' ')
      const keyboard = join(keygen.folder, 'keyboard')
      const typing = `mkfifo ${keyboard}; exec 3<>${keyboard}; echo yes >&3`
      const ended = await run(['sh', '-c', `${typing}; script -qec '${quoted}' /dev/null <&3`])
      expect(ended.stdout).to.match(/\(yes\/no\/\[fingerprint\]\)\?.*alice\r?\n/s)
      expect(readFileSync(known, 'utf8')).not.to.equal('')
    })
  })
})
