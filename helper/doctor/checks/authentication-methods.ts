import { check } from '../check.ts'
import { decidedBy, setSshd } from '../mend.ts'
import { decidingLine } from '../sshd-lines.ts'

export const authenticationMethods = check({
  name: 'authentication-methods',
  text: 'AuthenticationMethods of sshd.',
  dependsOn: ['keyboard-interactive'],
  causes: {
    without: 'No list of methods has keyboard-interactive: sshd takes no one-time password.',
    order:
      'The one-time password is asked for before the key: a user without the right key uses it up.',
  },
  run: ({ sshd, sshdLines }) => {
    const methods = sshd.settings.get('authenticationmethods') ?? 'any'
    if (methods === 'any') return undefined
    const line = decidingLine(sshdLines, 'authenticationmethods')
    const lists = methods.split(' ')
    const ours = lists.filter(list => list.includes('keyboard-interactive'))
    if (ours.length === 0)
      return {
        ...{ level: 'failure', cause: 'without' },
        says: `AuthenticationMethods is ${methods}, without keyboard-interactive: ${decidedBy(line)}`,
        mend: setSshd(line, 'AuthenticationMethods', 'any'),
      }
    if (ours.some(list => /^keyboard-interactive\S*,/.test(list)))
      return {
        ...{ level: 'warning', cause: 'order' },
        says: `AuthenticationMethods is ${methods}: the one-time password is used up before the key is looked at`,
        mend: `sed -i '${line?.number ?? 1}s/keyboard-interactive[^, ]*,publickey/publickey,keyboard-interactive:pam/' ${line?.file ?? ''} && sshd -t`,
      }
    return undefined
  },
})
