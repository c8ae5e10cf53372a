import { check } from '../check.ts'
import { deleteLine } from '../mend.ts'

export const pamIncludes = check({
  name: 'pam-includes',
  text: 'That libpam can read the stack of sshd: every @include is there, and none includes itself.',
  dependsOn: ['pam-service'],
  causes: { broken: 'libpam does not start: sshd refuses every login, also with a key.' },
  run: ({ stack }) => {
    const broken = stack.check.faults.find(({ kind }) => kind === 'broken')
    if (!broken) return undefined
    const [, file = stack.file, number = '1'] = /^(\S+) line (\d+) includes/.exec(broken.says) ?? []
    return {
      ...{ level: 'failure', cause: 'broken' },
      says: broken.says,
      mend: deleteLine(file, Number(number)),
    }
  },
})
