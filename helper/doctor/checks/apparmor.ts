import { check } from '../check.ts'
import { recentDenials } from '../denials.ts'

/** The profile of this process. apparmor(7) */
const CURRENT = '/proc/self/attr/apparmor/current'

export const apparmor = check({
  name: 'apparmor',
  text: 'AppArmor: that nothing was denied to the helper in the last day.',
  dependsOn: ['root'],
  causes: {
    confined:
      'The doctor itself is confined, by the profile of logins: it cannot see all that it checks.',
    denied: 'AppArmor has denied the helper something.',
  },
  run: context => {
    const confined = /^(.+) \(enforce\)/.exec(context.host.text(CURRENT) ?? '')?.[1]
    if (confined !== undefined)
      return {
        ...{ level: 'warning', cause: 'confined' },
        says: `AppArmor confines this doctor by the profile ${confined}, so it cannot see all that it checks`,
        mend: 'aa-exec -p unconfined -- postern-helper doctor',
      }
    const [denial] = recentDenials(context, /apparmor="DENIED".*postern/)
    if (denial === undefined) return undefined
    const [, profile = 'postern-helper'] = /profile="([^"]+)"/.exec(denial) ?? []
    return {
      ...{ level: 'warning', cause: 'denied' },
      says: `AppArmor has denied the helper something: ${denial}`,
      mend: `aa-logprof   # adds what is missing to the profile ${profile}`,
    }
  },
})
