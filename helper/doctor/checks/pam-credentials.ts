import { check } from '../check.ts'
import { quoted } from '../mend.ts'
import { placeIn } from '../stack.ts'

export const pamCredentials = check({
  name: 'pam-credentials',
  text: 'That a second auth line, pam_env, says yes when sshd sets credentials.',
  dependsOn: ['pam-refuses'],
  causes: {
    missing:
      'sshd logs "Accepted", then closes the connection: pam_setcred(): Permission denied. The password is used up.',
  },
  run: ({ stack }) => {
    const fault = stack.check.faults.find(({ kind }) => kind === 'no-credentials')
    if (!fault || !stack.helper) return undefined
    const { file, number } = placeIn(stack.helper.line)
    return {
      ...{ level: 'failure', cause: 'missing' },
      says: `no auth line of ${stack.service} says yes when sshd sets credentials: it logs "Accepted", and closes the connection`,
      mend: `sed -i ${quoted(`${number}a auth required pam_env.so`)} ${quoted(file)}`,
    }
  },
})
