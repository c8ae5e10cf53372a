import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { checkStack } from '../../../../helper/commands/check-stack.ts'

const HELPER = '/usr/local/sbin/postern-helper'
const EXEC = `auth requisite pam_exec.so quiet expose_authtok ${HELPER}`
const ENV = 'auth required pam_env.so'
const LINES = `${EXEC}\n${ENV}`

/** As Debian has it. */
const COMMON = `auth [success=1 default=ignore] pam_unix.so nullok
auth requisite pam_deny.so
auth required pam_permit.so
auth optional pam_cap.so`
const ACCOUNT = 'account required pam_nologin.so'

type Files = Readonly<Record<string, string>>

/** Judges sshd's stack, which is a text, or one among other files. */
function judge(stack: string | Files) {
  const files: Files = {
    'common-auth': COMMON,
    other: '@include common-auth',
    ...(typeof stack === 'string' ? { sshd: stack } : stack),
  }
  return checkStack('sshd', {
    read: service => {
      const text = files[service]
      return text === undefined ? undefined : { file: service, text }
    },
    isHelper: program => program.endsWith('postern-helper'),
    canRun: program => program === HELPER,
  })
}

const READY: readonly (readonly [string, string | Files])[] = [
  ['the two lines', LINES],
  [
    'the lines of packaging',
    readFileSync(join(import.meta.dirname, '../../../../packaging/pam/postern-ssh'), 'utf8'),
  ],
  [
    'account lines behind them',
    `${LINES}\n${ACCOUNT}\n@include common-account`.replace('\n@include common-account', ''),
  ],
  ['what lets all pass before them, but not to the end', `auth required pam_shells.so\n${LINES}`],
  ['what lets all pass behind them', `${LINES}\nauth required pam_shells.so`],
  [
    'pam_succeed_if before them',
    `auth requisite pam_succeed_if.so quiet user ingroup otp\n${LINES}`,
  ],
  [
    'pam_access and pam_faildelay before them',
    `auth required pam_access.so\nauth optional pam_faildelay.so delay=1\n${LINES}`,
  ],
  [
    'a prompt of its own before them',
    `auth [default=ignore] pam_echo.so One-time password:\n${LINES}`,
  ],
  [
    'words in capitals',
    LINES.replaceAll('auth', 'AUTH')
      .replace('requisite', 'Requisite')
      .replace('expose_AUTHtok', 'expose_authtok'),
  ],
  ['a module with its path', LINES.replace('pam_exec', '/lib/security/pam_exec')],
  ['a line that goes on in the next', LINES.replace('quiet', 'quiet \\\n   ')],
  ['comments behind lines', LINES.replaceAll('\n', ' # ours \\\n')],
  ['arguments in brackets', LINES.replace(HELPER, `[${HELPER}]`)],
  ['a dash before the type', LINES.replaceAll('auth r', '-auth r')],
  ['a substack', { sshd: 'auth substack otp', otp: LINES }],
  ['an include', { sshd: 'auth include otp', otp: LINES }],
  ['a file of its own by its path', { sshd: '@include /etc/otp', '/etc/otp': LINES }],
  ['pam_permit in place of pam_env', `${EXEC}\nauth required pam_permit.so`],
  [
    'die and ok in brackets',
    `auth [success=ok ignore=ignore default=die] pam_exec.so quiet expose_authtok ${HELPER}\n${ENV}`,
  ],

  ['type=auth', LINES.replace('quiet', 'quiet type=auth')],
  [
    'a line for users who are refused',
    LINES.replace('quiet', 'quiet stdout').replace(HELPER, `${HELPER} -tell-user`),
  ],
  ['stdout alone', LINES.replace('quiet', 'quiet stdout')],
]

const WRONG: readonly (readonly [string, string | Files, RegExp])[] = [
  [
    'a jump over a substack',
    {
      sshd: `auth [success=1 default=ignore] pam_exec.so expose_authtok ${HELPER}\nauth substack no\nauth required pam_permit.so`,
      no: 'auth required pam_env.so\nauth requisite pam_deny.so',
    },
    /sets credentials/,
  ],
  [
    'a jump over a refusal',
    `auth [success=1 default=ignore] pam_exec.so expose_authtok ${HELPER}\nauth requisite pam_deny.so\nauth required pam_env.so\nauth required pam_permit.so`,
    /sets credentials/,
  ],
  [
    'the file of the maintainer',
    '@include common-auth',
    /no auth line .* runs postern-helper.*pam_unix\.so \(common-auth line 1\) lets users in/,
  ],
  [
    'RHEL as it comes',
    {
      sshd: 'auth substack password-auth',
      'password-auth': 'auth sufficient pam_unix.so\nauth required pam_deny.so',
    },
    /pam_unix\.so/,
  ],
  [
    'no auth line',
    ACCOUNT,
    /no auth line, and PAM takes those of the service "other".*pam_unix\.so/,
  ],
  ['no file', { sshd: undefined as unknown as string }, /takes those of the service "other"/],
  [
    'no file, and an "other" that refuses',
    { sshd: '', other: 'auth required pam_deny.so' },
    /^sshd has no auth line, .*; no auth line of sshd runs postern-helper$/,
  ],
  ['both lines commented out', LINES.replace(/^/gm, '# '), /takes those of the service "other"/],
  ['only the line of pam_env', ENV, /^no auth line of sshd runs postern-helper$/],
  ['only the line of the helper', EXEC, /says yes when sshd sets credentials/],
  [
    'a helper that is not there',
    LINES.replace(HELPER, '/opt/postern-helper'),
    /^\/opt\/postern-helper is not there/,
  ],
  ['a helper without a path', LINES.replace(HELPER, 'postern-helper'), /must begin with \//],
  ['a helper that hears nothing', LINES.replace('expose_authtok', ''), /needs expose_authtok/],
  [
    'a word misspelt',
    LINES.replace('expose_authtok', 'expose_authtokk'),
    /no auth line of sshd runs postern-helper/,
  ],
  ['a helper for another type', LINES.replace('quiet', 'quiet type=account'), /no type= but auth/],
  [
    'the same behind what lets all pass',
    `auth required pam_shells.so\n${LINES.replace('quiet', 'type=account')}`,
    /pam_shells\.so \(sshd line 1\) lets users in/,
  ],
  [
    'another helper',
    LINES.replace(HELPER, '/usr/bin/vault-ssh-helper'),
    /no auth line .*pam_exec\.so .* lets users in/,
  ],
  [
    'a sufficient helper before pam_unix',
    `auth sufficient pam_exec.so expose_authtok ${HELPER}\n@include common-auth`,
    /pam_unix\.so/,
  ],
  [
    'the helper and optional pam_unix, misplaced',
    `auth optional pam_exec.so expose_authtok ${HELPER}\nauth optional pam_unix.so`,
    /pam_unix\.so/,
  ],
  ['a sufficient line before', `auth sufficient pam_rootok.so\n${LINES}`, /pam_rootok\.so/],
  ['pam_unix before, sufficient', `auth sufficient pam_unix.so\n${LINES}`, /pam_unix\.so/],
  ['pam_permit, sufficient', `auth sufficient pam_permit.so\n${LINES}`, /pam_permit\.so/],
  [
    'done in brackets before',
    `auth [success=done default=ignore] pam_succeed_if.so user ingroup admins\n${LINES}`,
    /pam_succeed_if\.so lets users in/,
  ],
  [
    'a jump over the helper',
    `auth [success=1 default=ignore] pam_succeed_if.so user ingroup admins\n${EXEC}\nauth required pam_permit.so`,
    /pam_permit\.so|pam_succeed_if/,
  ],
  [
    'a jump out of the file',
    `auth [success=9 default=ignore] pam_permit.so\n${LINES}`,
    /refuse every one-time password/,
  ],
  [
    'an emptied fragment',
    { sshd: 'auth include postern-ssh', 'postern-ssh': '' },
    /no auth line, and PAM takes those/,
  ],
  [
    'an emptied fragment behind pam_shells',
    { sshd: 'auth required pam_shells.so\nauth substack postern-ssh', 'postern-ssh': '' },
    /pam_shells\.so .* lets users in/,
  ],
  ['an include that is missing', 'auth include postern-ssh', /no auth line of sshd runs/],
  [
    'an @include that is missing',
    '@include postern-ssh',
    /sshd line 1 includes postern-ssh, which is not there: PAM refuses every login/,
  ],
  ...['\u00a0', '\v', '\r'].map(
    blank =>
      [
        `a backslash before U+${blank.charCodeAt(0).toString(16)}, which joins no lines`,
        `auth optional pam_warn.so \\${blank}\nauth sufficient pam_unix.so\n${LINES}`,
        /pam_unix\.so .* lets users in/,
      ] as const,
  ),
  [
    'a type in brackets',
    `[auth] sufficient pam_unix.so\n${LINES}`,
    /pam_unix\.so .* lets users in/,
  ],
  [
    'a last line that should go on',
    `${LINES}session optional pam_motd.so \\\n`,
    /sshd ends in a line that should go on: PAM refuses every login/,
  ],
  ['a file that includes itself', '@include sshd', /includes itself/],
  ['pam_deny behind', `${LINES}\nauth required pam_deny.so`, /refuse every one-time password/],
  [
    'a jump over no line',
    `auth [success=0 default=die] pam_exec.so expose_authtok ${HELPER}\n${ENV}`,
    /refuse every one-time password/,
  ],
  [
    'a control that is none',
    LINES.replace('requisite', 'reqisite'),
    /refuse every one-time password/,
  ],
  [
    'a type that is none',
    `auht requisite pam_exec.so expose_authtok ${HELPER}\n${ENV}`,
    /no auth line of sshd runs/,
  ],
  [
    'pam_nologin that says yes',
    `auth required pam_nologin.so successok\n${ENV}`,
    /pam_nologin\.so/,
  ],
  [
    'a group whose members need no password',
    `auth [success=done default=ignore] pam_exec.so expose_authtok ${HELPER}\nauth requisite pam_succeed_if.so user ingroup g\nauth optional pam_unix.so`,
    /pam_succeed_if\.so lets users in/,
  ],
  [
    'a group that is not asked for',
    `auth [success=done default=ignore] pam_exec.so expose_authtok ${HELPER}\nauth optional pam_succeed_if.so user ingroup g\nauth required pam_unix.so`,
    /pam_unix\.so/,
  ],
  [
    "sshd's own group",
    `auth [success=done default=ignore] pam_exec.so expose_authtok ${HELPER}\nauth requisite pam_succeed_if.so use_uid user ingroup g\nauth required pam_unix.so`,
    /lets users in/,
  ],
]

describe('The check of a PAM stack', () => {
  for (const [what, stack] of READY)
    it(`is accepted with ${what}`, () => {
      const { problems, notes } = judge(stack)
      expect({ problems, notes }).to.deep.equal({ problems: [], notes: [] })
    })

  for (const [what, stack, says] of WRONG)
    it(`finds what is wrong with ${what}`, () => {
      expect(judge(stack).problems.join('; ')).to.match(says)
    })

  it('tells of a group that may use the passwords of their accounts', () => {
    const stack = `auth [success=done ignore=ignore default=ignore] pam_exec.so quiet expose_authtok ${HELPER}
auth requisite pam_succeed_if.so quiet user ingroup breakglass
auth required pam_unix.so use_first_pass nodelay`
    expect(judge(stack)).to.deep.equal({
      faults: [],
      problems: [],
      notes: ['members of the group breakglass may log in with the password of their account, too'],
      words: [],
    })
  })

  for (const [what, line, note] of [
    ['no quiet', EXEC.replace('quiet ', ''), /^without quiet, pam_exec shows users the exit code/],
    ['stdout but no quiet', EXEC.replace('quiet', 'stdout'), /^without quiet/],
    ['-tell-user but no stdout', `${EXEC} -config=/x --tell-user=true`, /^-tell-user shows users/],
  ] as const)
    it(`tells of ${what}, and is good all the same`, () => {
      const { problems, notes } = judge(`${line}\n${ENV}`)
      expect(problems).to.deep.equal([])
      expect(notes).to.have.length(1)
      expect(notes[0]).to.match(note)
    })

  it('gives the words of the helper', () => {
    const words = ['-config=/etc/vault-ssh-helper.d/config.hcl', '-log-level=warn']
    const stack = LINES.replace(HELPER, `${HELPER} ${words.join(' ')}`)
    expect(judge(stack).words).to.deep.equal(words)
    expect(judge(ENV).words).to.equal(undefined)
  })
})
