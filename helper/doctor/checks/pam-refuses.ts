import { check } from '../check.ts'
import { edit } from '../mend.ts'

export const pamRefuses = check({
  name: 'pam-refuses',
  text: 'That no other auth line refuses what the helper allows.',
  dependsOn: ['pam-password'],
  causes: {
    refuses: 'A line such as pam_deny, or a misspelt control, refuses every one-time password.',
  },
  run: ({ stack }) => {
    const fault = stack.check.faults.find(({ kind }) => kind === 'refuses')
    if (!fault) return undefined
    const deny = stack.lines.find(({ module }) => module === 'pam_deny.so')
    return {
      ...{ level: 'failure', cause: 'refuses' },
      says: `${fault.says}${deny ? `: ${deny.place} is pam_deny.so` : ''}`,
      mend: deny
        ? `sed -i '${deny.place.replace(/^.* line /, '')}d' ${deny.place.replace(/ line \d+$/, '')}`
        : edit(stack.file, 'auth lines: the control of the helper is requisite'),
    }
  },
})
