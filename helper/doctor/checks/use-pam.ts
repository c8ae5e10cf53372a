import { check } from '../check.ts'
import { decidedBy, setSshd } from '../mend.ts'
import { decidingLine } from '../sshd-lines.ts'

export const usePam = check({
  name: 'use-pam',
  text: 'UsePAM of sshd.',
  dependsOn: ['sshd-include', 'leftover'],
  causes: { off: 'sshd does not ask PAM, and may check the passwords of accounts itself.' },
  run: ({ sshd, sshdLines }) => {
    if (sshd.settings.get('usepam') === 'yes') return undefined
    const line = decidingLine(sshdLines, 'usepam')
    return {
      ...{ level: 'failure', cause: 'off' },
      says: `UsePAM is no, so sshd does not ask postern-helper: ${decidedBy(line)}`,
      mend: setSshd(line, 'UsePAM', 'yes'),
    }
  },
})
