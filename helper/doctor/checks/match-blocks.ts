import { check } from '../check.ts'
import { placeOf } from '../sshd-lines.ts'

/** Settings that decide whether a user is asked for a one-time password. */
const DECIDES: Readonly<Record<string, (value: string) => boolean>> = {
  kbdinteractiveauthentication: value => /^no$/i.test(value),
  challengeresponseauthentication: value => /^no$/i.test(value),
  authenticationmethods: value => !/keyboard-interactive|any/i.test(value),
  passwordauthentication: value => /^yes$/i.test(value),
  pamservicename: () => true,
}

export const matchBlocks = check({
  name: 'match-blocks',
  text: 'Match blocks of sshd: they can have other settings for some users or addresses.',
  dependsOn: ['sshd-configuration'],
  causes: {
    differs:
      'For some users or addresses sshd does otherwise: doctor -user=USER -from=ADDRESS shows what.',
  },
  run: ({ sshdLines }) => {
    const line = sshdLines.find(
      ({ match, keyword, value }) => match !== undefined && DECIDES[keyword]?.(value) === true,
    )
    return line
      ? {
          ...{ level: 'warning', cause: 'differs' },
          says: `${placeOf(line)} has "${line.keyword} ${line.value}" for "Match ${line.match}"`,
          mend: 'postern-helper doctor -user=USER -from=ADDRESS   # shows what that does to one login',
        }
      : undefined
  },
})
