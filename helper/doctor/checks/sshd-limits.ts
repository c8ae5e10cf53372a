import { check } from '../check.ts'
import { setSshd } from '../mend.ts'
import { decidingLine } from '../sshd-lines.ts'

export const sshdLimits = check({
  name: 'sshd-limits',
  text: 'Limits of sshd: LoginGraceTime against deadline in helper.toml, MaxAuthTries, MaxStartups, PerSourcePenalties.',
  dependsOn: ['use-pam', 'configuration'],
  causes: {
    grace:
      'sshd ends a login while its password is being redeemed: it is used up, and nobody is in.',
    tries: 'After a key of an agent that does not fit, no try is left for the password.',
    penalties:
      'sshd shuts out a client address after few failures: users behind one address shut each other out.',
  },
  run: ({ sshd: { settings }, sshdLines, config: { deadline } }) => {
    const grace = Number(settings.get('logingracetime') ?? 0)
    const set = (keyword: string, value: string) =>
      setSshd(decidingLine(sshdLines, keyword.toLowerCase()), keyword, value)
    if (grace > 0 && grace * 1000 <= deadline)
      return {
        ...{ level: 'failure', cause: 'grace' },
        says: `LoginGraceTime is ${grace}s, and deadline in helper.toml is ${deadline / 1000}s: it must be longer`,
        mend: set('LoginGraceTime', '60'),
      }
    if (Number(settings.get('maxauthtries') ?? 6) < 2)
      return {
        ...{ level: 'warning', cause: 'tries' },
        says: 'MaxAuthTries is 1: a user whose agent offers a key has no try left for the password',
        mend: set('MaxAuthTries', '6'),
      }
    const penalty = Number(
      /\bauthfail:(\d+)/.exec(settings.get('persourcepenalties') ?? '')?.[1] ?? 0,
    )
    return penalty > 30
      ? {
          ...{ level: 'warning', cause: 'penalties' },
          says: `PerSourcePenalties adds ${penalty} seconds for each refused password: users behind one address shut each other out`,
          mend: `${set('PerSourcePenalties', 'authfail:5')}   # or exempt their address: PerSourcePenaltyExemptList`,
        }
      : undefined
  },
})
