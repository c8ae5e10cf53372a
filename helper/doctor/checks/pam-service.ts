import { check } from '../check.ts'
import { quoted, setKey } from '../mend.ts'
import { ownStack } from '../own-lines.ts'
import { placeOf } from '../sshd-lines.ts'

export const pamService = check({
  name: 'pam-service',
  text: 'The PAM service of sshd (PAMServiceName): that it has a file, without which PAM takes the service "other", and that services in helper.toml lists it.',
  dependsOn: ['use-pam', 'configuration'],
  causes: {
    'not-listed': 'services in helper.toml does not have the service: every login is denied.',
    missing:
      'The file is missing, so PAM uses "other": on Debian that accepts passwords of accounts, on RHEL it refuses keys, too.',
  },
  run: context => {
    const { stack, sshdLines } = context
    const { services } = context.config
    if (stack.isThere)
      return services.includes(stack.service)
        ? undefined
        : {
            ...{ level: 'failure', cause: 'not-listed' },
            says: `services in ${context.configFile} does not have ${stack.service}, the PAM service of sshd: every login is denied`,
            mend: setKey(context, 'services', JSON.stringify([...services, stack.service])),
          }
    const line = sshdLines.find(({ keyword }) => keyword === 'pamservicename')
    const named = line ? ` (${placeOf(line)} names it)` : ''
    return {
      ...{ level: 'failure', cause: 'missing' },
      says: `${stack.file} is not there, so sshd uses the PAM service "other" in place of ${stack.service}${named}`,
      mend: ownStack(context, quoted(stack.file)),
    }
  },
})
