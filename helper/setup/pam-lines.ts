/** PAM service of the stack of our own, and its file. */
export const OWN_SERVICE = 'postern-sshd'

const BEGIN = '# begin postern, in place of: '
const END = '# end postern'

const HEADING = '# One-time passwords for sshd. Written by "postern-helper setup", and removed by'

/** The auth lines that run the helper. packaging/pam/postern-ssh says why they are these, in this order. @param command path and flags */
const authLines = (command: string): readonly string[] => [
  'auth requisite pam_nologin.so',
  `auth requisite pam_exec.so quiet stdout expose_authtok ${command}`,
  'auth required  pam_env.so',
]

/** The stack of our own. All but passwords is as the distribution has it for sshd. */
export const ownStack = (command: string): string =>
  [
    HEADING,
    '# "postern-helper setup -undo". Do not remove it while sshd has "PAMServiceName postern-sshd":',
    '# PAM would take the service "other", which may ask for the password of the account.',
    ...authLines(command),
    'account  include sshd',
    'password include sshd',
    'session  include sshd',
    '',
  ].join('\n')

/** Whether a file is one that {@link ownStack} made, changed or not. */
export const isOwnStack = (text: string): boolean => text.startsWith(HEADING)

/** Lines of the distributions that ask for the password of the account: Debian, RHEL, SUSE, and those of earlier versions of ours. */
const ASKS_FOR_PASSWORD =
  /^(?:@include\s+(?:common-auth|postern-ssh)|auth\s+(?:include|substack)\s+(?:common-auth|password-auth|system-remote-login|postern-ssh))$/

/** The result of putting our lines into a stack: its text, or why that cannot be done. */
export type Inserted = { readonly text: string } | { readonly obstacle: string }

/**
 * Puts our lines into the stack of sshd in place of the line that asks for the password of the account, as packaging/pam/edit-sshd does.
 * Lines of ours that are there already are replaced.
 */
export function withAuthLines(stack: string, command: string): Inserted {
  const before = withoutAuthLines(stack)
  const lines = before.split('\n')
  const found = lines.flatMap((line, at) => {
    const bare = line.replace(/#.*/, '').trim()
    return ASKS_FOR_PASSWORD.test(bare) ? [at] : []
  })
  const [at] = found
  if (at === undefined)
    return {
      obstacle:
        'it has no line "@include common-auth", "auth substack password-auth" or "auth include common-auth"',
    }
  if (found.length > 1)
    return {
      obstacle: `its lines ${found.map(each => each + 1).join(', ')} all ask for the password of the account; leave one`,
    }
  const was = lines[at] ?? ''
  const ours = [`${BEGIN}${was}`, ...authLines(command), END]
  return { text: lines.toSpliced(at, 1, ...ours).join('\n') }
}

/** The stack of sshd with the line that ours replaced; as it is if it has none of ours. */
export function withoutAuthLines(stack: string): string {
  const lines = stack.split('\n')
  const begin = lines.findIndex(line => line.startsWith(BEGIN))
  const end = lines.indexOf(END, begin)
  if (begin < 0 || end < 0) return stack
  const was = lines[begin]?.slice(BEGIN.length) ?? ''
  return lines.toSpliced(begin, end - begin + 1, was).join('\n')
}
