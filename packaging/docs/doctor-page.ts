import type { Check } from '../../helper/doctor/check.ts'
import { CHECKS } from '../../helper/doctor/checks.ts'
import { page, table } from './markdown.ts'

/** The page on what can be wrong with a host, from the checks' own names and texts. */
export const doctorPage = (): string =>
  page([
    '# What can be wrong with a host',
    'Run `postern-helper doctor` on the host, as root. It makes the checks below in this order, and prints a line for each: what is wrong, and a command that mends it. What only follows from a failure is not tried, so **the first failure is the cause**. `-fix` runs the commands that are safe: modes, missing directories, timers. It never changes PAM or sshd, nor the owner of a file, which another user may have written. `-user=USER -from=ADDRESS` follows one login through sshd, PAM, the helper and the account, and says what would refuse it.',
    'With `-format=json`, each check has `name`, `status` (`ok`, `warning`, `failure`, or `skipped` with `because`), and where it found something `cause`, `says`, `mend`, and `safe` if `-fix` would run that command. Names and causes are stable. The exit code is 0, 1 with warnings, 2 with failures.',
    ...CHECKS.flatMap(section),
  ])

const section = ({ name, text, dependsOn, causes }: Check): readonly string[] => [
  `## ${name}`,
  dependsOn.length === 0 ? text : `${text} Not tried where ${dependsOn.join(' or ')} fails.`,
  table(
    ['Cause', 'What it means'],
    Object.entries(causes).map(([cause, what]) => [cause, what]),
  ),
]
