import { spawnSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'

const SCRIPT = join(import.meta.dirname, '../../../../packaging/pam/edit-sshd')

const LINES = `auth requisite pam_nologin.so
auth requisite pam_exec.so quiet stdout expose_authtok /usr/local/sbin/postern-helper -tell-user
auth required  pam_env.so
`

const DEBIAN = `# PAM configuration for the Secure Shell service

# Standard Un*x authentication.
@include common-auth

account    required     pam_nologin.so
@include common-account
`

const RHEL = `#%PAM-1.0
auth       substack     password-auth
auth       include      postlogin
account    required     pam_sepermit.so
account    include      password-auth
password   include      password-auth
`

describe('The script that edits the PAM stack of sshd', () => {
  let folder: string
  let file: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-pam-'))
    file = join(folder, 'sshd')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const run = (action: string) => {
    const { status, stdout, stderr } = spawnSync(SCRIPT, [action, file], { encoding: 'utf8' })
    return { status, said: stdout + stderr }
  }

  for (const [what, text, line] of [
    ['Debian', DEBIAN, '@include common-auth'],
    ['RHEL', RHEL, 'auth       substack     password-auth'],
    [
      'Debian with a comment behind the line',
      DEBIAN.replace('common-auth', 'common-auth # standard'),
      '@include common-auth # standard',
    ],
    [
      'Debian with blanks behind the line',
      DEBIAN.replace('common-auth', 'common-auth \t'),
      '@include common-auth \t',
    ],
    [
      'Debian with an include of another kind',
      DEBIAN.replace('@include common-auth', 'auth include common-auth'),
      'auth include common-auth',
    ],
  ] as const)
    it(`puts the lines in on ${what}, and gives the file back as it was`, () => {
      writeFileSync(file, text)
      expect(run('install').status).to.equal(0)
      expect(readFileSync(file, 'utf8')).to.equal(
        text.replace(`${line}\n`, `# begin postern, in place of: ${line}\n${LINES}# end postern\n`),
      )
      expect(run('remove').status).to.equal(0)
      expect(readFileSync(file, 'utf8')).to.equal(text)
      expect(readdirSync(folder)).to.deep.equal(['sshd'])
    })

  for (const [what, text] of [
    ['Debian', DEBIAN.replace('@include common-auth', 'auth include postern-ssh')],
    ['RHEL', RHEL.replace('substack     password-auth', 'include postern-ssh')],
  ] as const)
    it(`takes ${what} over from a fragment, and back to what the distribution has`, () => {
      if (what === 'Debian') writeFileSync(join(folder, 'common-auth'), '')
      writeFileSync(file, text)
      expect(run('install').status).to.equal(0)
      expect(readFileSync(file, 'utf8')).to.contain(LINES).and.not.contain('postern-ssh')
      expect(run('remove').status).to.equal(0)
      expect(readFileSync(file, 'utf8')).to.equal(what === 'Debian' ? DEBIAN : RHEL)
    })

  for (const [what, action, text, says] of [
    [
      'no line to replace',
      'install',
      '# nothing\n',
      /is not changed: no line "@include common-auth"/,
    ],
    ['the line commented out', 'install', '# @include common-auth\n', /is not changed/],
    [
      'two lines to replace',
      'install',
      `${DEBIAN}${RHEL}`,
      /is not changed: its lines 4 9 all ask/,
    ],
    [
      'the lines already',
      'install',
      `# begin postern, in place of: x\n${LINES}# end postern\n`,
      /has the lines already/,
    ],
    ['no lines to take out', 'remove', DEBIAN, /is not changed: it has no lines from/],
    ['an end without a beginning', 'remove', '# end postern\n', /is not changed/],
    ['a beginning without an end', 'remove', '# begin postern, in place of: x\n', /is not changed/],
  ] as const)
    it(`fails and changes nothing for ${what}`, () => {
      writeFileSync(file, text)
      const { status, said } = run(action)
      expect(status).to.equal(1)
      expect(said).to.match(says)
      expect(readFileSync(file, 'utf8')).to.equal(text)
      expect(readdirSync(folder)).to.deep.equal(['sshd'])
    })

  it('fails for a file that is not there, and for another word', () => {
    expect(run('install')).to.deep.include({ status: 1 })
    expect(run('instal')).to.deep.include({ status: 2 })
  })

  it('keeps the mode, and a symbolic link', () => {
    mkdirSync(join(folder, 'real'))
    writeFileSync(join(folder, 'real/sshd'), DEBIAN, { mode: 0o640 })
    symlinkSync('real/sshd', file)
    expect(run('install').status).to.equal(0)
    expect(lstatSync(file).isSymbolicLink()).to.equal(true)
    expect(lstatSync(join(folder, 'real/sshd')).mode & 0o777).to.equal(0o640)
  })
})
