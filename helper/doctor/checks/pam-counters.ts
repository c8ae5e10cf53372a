import { check } from '../check.ts'
import { deleteLine } from '../mend.ts'
import { asksAtGoodLogins, placeIn } from '../stack.ts'

const COUNTERS = ['pam_faillock.so', 'pam_tally2.so', 'pam_tally.so']

export const pamCounters = check({
  name: 'pam-counters',
  text: 'Auth lines that count failures: pam_faillock, and modules that fail at every good login, which fail2ban takes for a guess.',
  dependsOn: ['pam-helper'],
  causes: {
    faillock:
      'pam_faillock before the helper locks a user out after a few wrong words, which anybody can type for them.',
    'fails-at-good-logins':
      'A module that asks for the password of the account fails at every login with a one-time password, and logs "authentication failure": fail2ban bans users for it.',
  },
  run: ({ stack }) => {
    const counter = stack.lines.find(({ module }) => COUNTERS.includes(module))
    if (counter) {
      const { file, number } = placeIn(counter)
      return {
        ...{ level: 'warning', cause: 'faillock' },
        says: `${counter.place} is ${counter.module}: a few wrong words, which anybody can type, lock a user out of this host`,
        mend: deleteLine(file, number),
      }
    }
    const line = stack.lines.find(each => asksAtGoodLogins(stack, each))
    if (!line) return undefined
    const { file, number } = placeIn(line)
    return {
      ...{ level: 'warning', cause: 'fails-at-good-logins' },
      says: `${line.place} is ${line.module}, which logs "authentication failure" at every good login: fail2ban bans users for it`,
      mend: `sed -i ${`'${number}c auth required pam_env.so'`} ${file}`,
    }
  },
})
