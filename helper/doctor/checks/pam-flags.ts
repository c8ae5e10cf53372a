import { parseFlags } from '../../flags.ts'
import { Refusal } from '../../refusal.ts'
import { check } from '../check.ts'
import { edit, quoted } from '../mend.ts'
import { placeIn } from '../stack.ts'

export const pamFlags = check({
  name: 'pam-flags',
  text: 'The options of pam_exec and the flags of the helper in the PAM line.',
  dependsOn: ['pam-helper'],
  causes: {
    wrong: 'The helper does not know the flags, and refuses every login.',
    dev: 'With -dev the helper may accept any server as the engine.',
    quiet: 'Without quiet, pam_exec shows users the exit code of the helper, which tells why.',
  },
  run: context => {
    const { helper } = context.stack
    if (!helper) return undefined
    const { file, number } = placeIn(helper.line)
    const change = (script: string) => `sed -i ${quoted(`${number}${script}`)} ${quoted(file)}`
    try {
      const { dev, help, version, verifyOnly } = parseFlags(helper.command.words)
      if (help || version || verifyOnly)
        return {
          ...{ level: 'failure', cause: 'wrong' },
          says: `${file} line ${number}: -help, -version and -verify-only allow no login`,
          mend: change('s/ --\\?\\(help\\|version\\|verify-only\\)\\>//'),
        }
      if (dev && !context.dev)
        return {
          ...{ level: 'failure', cause: 'dev' },
          says: `${file} line ${number} has -dev, with which the helper may accept any server as the engine`,
          mend: change('s/ --\\?dev\\>//'),
        }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return {
        ...{ level: 'failure', cause: 'wrong' },
        says: `${file} line ${number}: ${error.message}`,
        mend: edit(file, error.message),
      }
    }
    return helper.command.options.includes('quiet')
      ? undefined
      : {
          ...{ level: 'warning', cause: 'quiet' },
          says: `${file} line ${number} has no quiet: pam_exec shows users the exit code of the helper, which tells why they are refused`,
          mend: change('s/pam_exec.so/& quiet/'),
        }
  },
})
