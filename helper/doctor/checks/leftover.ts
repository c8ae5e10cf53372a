import { check } from '../check.ts'
import { quoted, RELOAD } from '../mend.ts'
import type { SshdLine } from '../sshd-lines.ts'

export const leftover = check({
  name: 'leftover',
  text: 'Files of an earlier set-up: a 20-breakglass.conf that outlived it, or that tells who may use keys.',
  dependsOn: ['sshd-configuration'],
  causes: {
    'lock-out':
      'sshd accepts only the method that Postern set up, or no keys, and Postern is not in the PAM stack: users are locked out.',
    'tells-users':
      'AuthenticationMethods in a Match block tells everybody which users exist and who is in the group.',
  },
  run: context => {
    const lines = context.sshdLines.filter(({ file }) => /breakglass[^/]*\.conf$/.test(file))
    const methods = lines.find(isMethods)
    const [first] = lines
    if (!first) return undefined
    const remove = `rm -f ${quoted(first.file)} && sshd -t && { ${RELOAD}; }`
    const restricts = methods ?? lines.find(({ keyword }) => keyword === 'authorizedkeysfile')
    if (restricts && !context.stack.helper)
      return {
        ...{ level: 'failure', cause: 'lock-out' },
        says: `${first.file} is left over: it restricts logins to what Postern offers, which is no longer set up here`,
        mend: remove,
      }
    return methods
      ? {
          ...{ level: 'warning', cause: 'tells-users' },
          says: `${methods.file} line ${methods.number} has AuthenticationMethods: what sshd offers tells which users exist, and who is in the group`,
          mend: `sed -i '${methods.number}d' ${quoted(methods.file)} && sshd -t && { ${RELOAD}; }`,
        }
      : undefined
  },
})

const isMethods = ({ keyword }: SshdLine) => keyword === 'authenticationmethods'
