import { check } from '../check.ts'
import { deleteLine } from '../mend.ts'

export const pamOtherWays = check({
  name: 'pam-other-ways',
  text: 'That no other line of the PAM stack lets users in: every path through it is followed, with every answer that each module can give.',
  dependsOn: ['pam-helper'],
  causes: {
    'lets-in':
      'A line accepts other passwords, or any word, without the helper: "sufficient" lines, pam_unix, pam_permit.',
  },
  run: ({ stack }) => {
    const way = stack.check.faults.find(({ kind }) => kind === 'other-way')
    if (!way) return undefined
    const [, file = stack.file, number = '1'] = /\((\S+) line (\d+)\)/.exec(way.says) ?? []
    return {
      ...{ level: 'failure', cause: 'lets-in' },
      says: way.says,
      mend: deleteLine(file, Number(number)),
    }
  },
})
