import { OWN_SERVICE } from '../../setup/pam-lines.ts'
import { check } from '../check.ts'
import { quoted, setKey } from '../mend.ts'
import { ownStack } from '../own-lines.ts'
import { placeOf } from '../sshd-lines.ts'

const [OWN, FALLBACK] = ['/etc/pam.d', '/usr/lib/pam.d'].map(
  folder => `${folder}/${OWN_SERVICE}`,
) as [string, string]

export const pamService = check({
  name: 'pam-service',
  text: 'The PAM service of sshd (PAMServiceName): that it has a file, without which PAM takes the service "other", and that services in helper.toml lists it.',
  dependsOn: ['use-pam', 'configuration'],
  causes: {
    'not-listed': 'services in helper.toml does not have the service: every login is denied.',
    missing:
      'The file is missing, so PAM uses "other": on Debian that accepts passwords of accounts, on RHEL it refuses keys, too.',
    fallback:
      'The file is missing, so PAM uses the one of the package in /usr/lib/pam.d, which refuses every password.',
  },
  run: context => {
    const { stack, sshdLines } = context
    const { services } = context.config
    if (stack.file === FALLBACK)
      return {
        ...{ level: 'failure', cause: 'fallback' },
        says: `${OWN} is not there, so sshd uses ${FALLBACK}, which refuses every password`,
        mend: ownStack(context, OWN),
      }
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
