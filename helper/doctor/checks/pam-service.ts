import { check } from '../check.ts'
import { quoted } from '../mend.ts'
import { ownStack } from '../own-lines.ts'
import { placeOf } from '../sshd-lines.ts'

export const pamService = check({
  name: 'pam-service',
  text: 'That the PAM service of sshd (PAMServiceName) has a file: without one, PAM takes the service "other".',
  dependsOn: ['use-pam'],
  causes: {
    missing:
      'The file is missing, so PAM uses "other": on Debian that accepts passwords of accounts, on RHEL it refuses keys, too.',
  },
  run: context => {
    const { stack, sshdLines } = context
    if (stack.isThere) return undefined
    const line = sshdLines.find(({ keyword }) => keyword === 'pamservicename')
    const named = line ? ` (${placeOf(line)} names it)` : ''
    return {
      ...{ level: 'failure', cause: 'missing' },
      says: `${stack.file} is not there, so sshd uses the PAM service "other" in place of ${stack.service}${named}`,
      mend: ownStack(context, quoted(stack.file)),
    }
  },
})
