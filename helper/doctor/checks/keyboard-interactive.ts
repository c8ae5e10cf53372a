import { check } from '../check.ts'
import { decidedBy, setSshd } from '../mend.ts'
import { decidingLine } from '../sshd-lines.ts'

/** Before OpenSSH 8.7 these were two settings, both of which must be on. */
const KEYWORDS = {
  kbdinteractiveauthentication: 'KbdInteractiveAuthentication',
  challengeresponseauthentication: 'ChallengeResponseAuthentication',
} as const

export const keyboardInteractive = check({
  name: 'keyboard-interactive',
  text: 'KbdInteractiveAuthentication of sshd (ChallengeResponseAuthentication before OpenSSH 8.7).',
  dependsOn: ['use-pam'],
  causes: { off: 'sshd does not ask for one-time passwords.' },
  run: ({ sshd, sshdLines }) => {
    const [off] = Object.entries(KEYWORDS).filter(([key]) => sshd.settings.get(key) === 'no')
    if (!off) return undefined
    const [keyword, name] = off
    const line = decidingLine(sshdLines, keyword)
    return {
      ...{ level: 'failure', cause: 'off' },
      says: `${name} is no, so sshd does not ask for one-time passwords: ${decidedBy(line)}`,
      mend: setSshd(line, name, 'yes'),
    }
  },
})
