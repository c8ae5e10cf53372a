import { check } from '../check.ts'
import type { Context } from '../context.ts'
import { addHelperLine, addLines } from '../own-lines.ts'
import { placeIn } from '../stack.ts'

export const pamHelper = check({
  name: 'pam-helper',
  text: 'That an auth line of the PAM stack runs the helper.',
  dependsOn: ['pam-includes'],
  causes: {
    'no-line': 'No line runs the helper: one-time passwords are refused.',
    'no-auth':
      'The stack has no auth line, so PAM takes those of the service "other": on Debian, passwords of accounts.',
  },
  run: context => {
    const faults = context.stack.check.faults
    const other = faults.find(({ kind }) => kind === 'other-service')
    const missing = faults.find(({ kind }) => kind === 'no-helper')
    if (other)
      return {
        ...{ level: 'failure', cause: 'no-auth' },
        says: `${other.says}${waysIn(context)}`,
        mend: addLines(context),
      }
    if (!missing) return undefined
    const [first] = context.stack.lines.filter(
      line => placeIn(line).file === context.stack.file && line.module !== 'common-auth',
    )
    const asks = waysIn(context)
    return {
      ...{ level: 'failure', cause: 'no-line' },
      says: `${missing.says}${asks}`,
      mend:
        first && asks === '' ? addHelperLine(context, placeIn(first).number) : addLines(context),
    }
  },
})

const waysIn = ({ stack }: Context): string =>
  stack.check.faults
    .filter(({ kind }) => kind === 'other-way')
    .map(({ says }) => `, and ${says}`)
    .slice(0, 1)
    .join('')
