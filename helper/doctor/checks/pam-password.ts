import { check } from '../check.ts'
import { quoted } from '../mend.ts'
import { placeIn } from '../stack.ts'

export const pamPassword = check({
  name: 'pam-password',
  text: 'That the line of the helper has expose_authtok, and no type= but auth.',
  dependsOn: ['pam-other-ways', 'program'],
  causes: {
    'no-expose': 'Without expose_authtok the helper gets no password: all are refused.',
    type: 'With another type= libpam ignores the line.',
    unusable: 'The line cannot run the helper.',
  },
  run: ({ stack }) => {
    const { helper, check: checked } = stack
    const fault = checked.faults.find(({ kind }) => kind === 'no-password' || kind === 'cannot-run')
    if (!fault || !helper) return undefined
    const { file, number } = placeIn(helper.line)
    const { options } = helper.command
    const failure = { level: 'failure', says: `${file} line ${number}: ${fault.says}` } as const
    const change = (script: string) => `sed -i ${quoted(`${number}${script}`)} ${quoted(file)}`
    if (fault.kind === 'cannot-run')
      return {
        ...failure,
        cause: 'unusable',
        mend: change(`s|${helper.command.program}|${process.execPath}|`),
      }
    const type = options.find(option => option.startsWith('type='))
    return type !== undefined && type !== 'type=auth'
      ? { ...failure, cause: 'type', mend: change(`s/ ${type}//`) }
      : { ...failure, cause: 'no-expose', mend: change('s/pam_exec.so/& expose_authtok/') }
  },
})
