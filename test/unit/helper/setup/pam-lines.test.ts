import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  isOwnStack,
  ownStack,
  withAuthLines,
  withoutAuthLines,
} from '../../../../helper/setup/pam-lines.ts'

const COMMAND = '/usr/local/sbin/postern-helper -tell-user'

const DEBIAN = `# PAM configuration for the Secure Shell service
@include common-auth
account    required     pam_nologin.so
@include common-account
session [success=ok ignore=ignore module_unknown=ignore default=bad] pam_selinux.so close
@include common-session
@include common-password
`
const RHEL = `#%PAM-1.0
auth       substack     password-auth
auth       include      postlogin
account    required     pam_sepermit.so
account    include      password-auth
`
const SUSE = `#%PAM-1.0
auth        requisite   pam_nologin.so
auth        include     common-auth
account     include     common-account
`

describe('The lines of PAM', () => {
  for (const [what, stack] of [
    ['Debian', DEBIAN],
    ['RHEL', RHEL],
    ['SUSE', SUSE],
    ['a comment behind the line', DEBIAN.replace('common-auth', 'common-auth # Un*x')],
    ['no newline at the end', DEBIAN.trimEnd()],
  ] as const)
    it(`replace the line that asks for the password, and give it back byte for byte: ${what}`, () => {
      const inserted = withAuthLines(stack, COMMAND)
      expect(inserted).to.have.property('text')
      const { text } = inserted as { readonly text: string }
      expect(text).to.contain(`expose_authtok ${COMMAND}\n`)
      expect(withoutAuthLines(text)).to.equal(stack)
      expect(withAuthLines(text, COMMAND)).to.deep.equal(inserted)
      const moved = withAuthLines(text, '/usr/sbin/postern-helper')
      expect(moved).to.deep.equal(withAuthLines(stack, '/usr/sbin/postern-helper'))
    })

  for (const [what, stack, obstacle] of [
    ['no such line', 'auth required pam_unix.so\n', /has no line "@include common-auth"/],
    ['two of them', `${DEBIAN}auth include common-auth\n`, /lines 2, 8 all ask/],
    ['only a comment', '# @include common-auth\n', /has no line/],
  ] as const)
    it(`are not put into a stack with ${what}`, () => {
      expect(withAuthLines(stack, COMMAND)).to.have.property('obstacle').that.matches(obstacle)
    })

  it('are those of packaging/pam/edit-sshd, which can remove them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-lines-'))
    try {
      cpSync(join(import.meta.dirname, '../../../../packaging/pam'), folder, { recursive: true })
      const file = join(folder, 'sshd')
      const edit = (verb: string) => spawnSync(join(folder, 'edit-sshd'), [verb, file])
      writeFileSync(join(folder, 'common-auth'), '')
      writeFileSync(file, DEBIAN)
      expect(edit('install').status).to.equal(0)
      expect(withAuthLines(DEBIAN, COMMAND)).to.deep.equal({ text: readFileSync(file, 'utf8') })
      expect(withoutAuthLines(readFileSync(file, 'utf8'))).to.equal(DEBIAN)
      expect(edit('remove').status).to.equal(0)
      expect(readFileSync(file, 'utf8')).to.equal(DEBIAN)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('of our own stack include all but the auth lines of the distribution', () => {
    const stack = ownStack(COMMAND)
    expect(isOwnStack(stack)).to.equal(true)
    expect(isOwnStack(DEBIAN)).to.equal(false)
    const included = stack.split('\n').filter(line => /\sinclude\s/.test(line))
    expect(included.map(line => line.split(/\s+/))).to.deep.equal([
      ['account', 'include', 'sshd'],
      ['password', 'include', 'sshd'],
      ['session', 'include', 'sshd'],
    ])
  })
})
