import { checkStack } from '../commands/check-stack.ts'
import type { HostFlags } from '../commands/host-flags.ts'
import { canRun, isHelper, readService } from '../commands/verify-sshd.ts'
import { readConfig } from '../config.ts'
import { TRIAL_SERVICE } from '../pam.ts'
import { Refusal } from '../refusal.ts'
import type { SetupReport } from './report.ts'
import type { SetupPlan } from './setup-plan.ts'
import { Trial } from './trial.ts'
import { requestTrialPassword } from './trial-password.ts'

interface Place {
  readonly flags: HostFlags
  readonly report: SetupReport
  readonly folder: string
  readonly programs: string
}

/**
 * Tries the planned stack on a throw-away sshd: wrong passwords must fail, and on an enrolled host a right one must log in.
 * @throws {Refusal} unless that is so
 */
export async function tryLogins(
  { logins, sshd, namesService, administrator }: SetupPlan,
  { flags, report, folder, programs }: Place,
): Promise<void> {
  const config = readConfig(flags.config, flags)
  const user = userFor(administrator, config.users)
  using trial = new Trial({ sshd, namesService, stack: logins.stack, folder, programs, user })
  requireStack()
  for (const wrong of [Trial.unknownPassword(), 'not-a-one-time-password']) {
    const { allowed } = await trial.login(wrong)
    if (allowed) throw new Refusal('trial', `the trial sshd let ${user} in with a wrong password`)
  }
  report.check('a wrong one-time password and a word are refused')
  const right = config.host && (await requestTrialPassword(config, user))
  if (!right) {
    const why = config.host ? 'the engine is of an older version' : 'this host is not enrolled'
    report.warn(
      `no login was tried, since ${why}: only wrong passwords, and the echo of the engine`,
    )
    return
  }
  const { allowed, said } = await trial.login(right)
  if (!allowed)
    throw new Refusal(
      'trial',
      `a right one-time password did not let ${user} in: ${said}; the log of postern-helper says why`,
    )
  report.check(`a right one-time password lets ${user} in`)
}

/** The administrator who runs this, or has a key, if the settings allow them. */
function userFor(administrator: string | undefined, users: readonly string[] | undefined): string {
  const wanted = [process.env.SUDO_USER, administrator, 'root'].filter(user => user !== undefined)
  return wanted.find(user => users === undefined || users.includes(user)) ?? users?.[0] ?? 'root'
}

/** @throws {Refusal} if another line of the stack could let a user in */
function requireStack(): void {
  const { problems } = checkStack(TRIAL_SERVICE, { read: readService, isHelper, canRun })
  if (problems.length > 0)
    throw new Refusal('trial', `the PAM stack of sshd: ${problems.join('; ')}`)
}
