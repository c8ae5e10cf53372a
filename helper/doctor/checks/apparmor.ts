import { check } from '../check.ts'
import { recentDenials } from '../denials.ts'

export const apparmor = check({
  name: 'apparmor',
  text: 'AppArmor: that nothing was denied to the helper in the last day.',
  dependsOn: ['root'],
  causes: { denied: 'AppArmor has denied the helper something.' },
  run: context => {
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
