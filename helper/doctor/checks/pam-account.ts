import { BrokenStack, type Line, linesOfType, type ReadService } from '../../commands/pam-stack.ts'
import { check } from '../check.ts'
import { quoted } from '../mend.ts'
import { placeIn } from '../stack.ts'

export const pamAccount = check({
  name: 'pam-account',
  text: 'The account lines of the PAM stack: that none says yes before the others are asked, and that there are some.',
  dependsOn: ['pam-includes'],
  causes: {
    skips:
      'A "sufficient" account line skips the checks behind it: expired accounts and /etc/nologin no longer keep anybody out.',
    none: 'Without an account line PAM takes those of the service "other".',
  },
  run: ({ stack }) => {
    const lines = accountLines(stack.service, stack.read)
    if (lines.length === 0)
      return {
        ...{ level: 'warning', cause: 'none' },
        says: `${stack.service} has no account line, and PAM takes those of the service "other"`,
        mend: `printf 'account required pam_nologin.so\\naccount required pam_unix.so\\n' >> ${quoted(stack.file)}`,
      }
    const at = lines.findIndex(skipsOthers)
    const line = lines[at]
    if (!line || at === lines.length - 1) return undefined
    const { file, number } = placeIn(line)
    return {
      ...{ level: 'warning', cause: 'skips' },
      says: `${line.place} is ${line.module}, "sufficient" for account: the lines behind it are not asked`,
      mend: `sed -i ${quoted(`${number}s/sufficient/required/`)} ${quoted(file)}`,
    }
  },
})

/** Modules that say yes to everybody. pam_localuser and pam_succeed_if are usual for "sufficient", and ask something. */
const skipsOthers = ({ module, actions }: Line): boolean =>
  ['pam_permit.so', 'pam_exec.so'].includes(module) && actions('success') === 'done'

function accountLines(service: string, read: ReadService) {
  try {
    return linesOfType('account', service, read)
  } catch (error) {
    if (error instanceof BrokenStack) return []
    throw error
  }
}
