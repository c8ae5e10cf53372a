import type { HostFlags } from '../commands/host-flags.ts'
import { readSshdSettings, sshdProblems } from '../commands/sshd-settings.ts'
import { engineProblem } from '../commands/verify-only.ts'
import { Refusal } from '../refusal.ts'
import { administrators } from './admin-keys.ts'
import type { Change, JournalStore } from './journal.ts'
import { layoutOf } from './layout.ts'
import { type LoginPlan, planLogins } from './login-plan.ts'
import { hostFacts, sshdConfigFile, sshdProgram } from './os-facts.ts'
import { helperCommand, ownProgram } from './own-program.ts'
import { PlannedSshd } from './planned-sshd.ts'
import type { SetupReport } from './report.ts'
import { type changeTo, foundChanges } from './restore.ts'
import { planSettings, type SettingsPlan } from './settings-plan.ts'
import { RUN_FOLDER } from './setup-lock.ts'
import { takesPasswords } from './sshd-steps.ts'

/** All that a set-up will do. */
export interface SetupPlan {
  readonly settings: SettingsPlan
  readonly logins: LoginPlan
  readonly changes: readonly ReturnType<typeof changeTo>[]
  /** Of the set-up before this one. */
  readonly earlier: readonly Change[]
  /** The helper, and sshd. */
  readonly program: string
  readonly sshd: string
  readonly namesService: boolean
  /** Whether sshd takes passwords of accounts now; undefined if that is by our own settings. */
  readonly tookPasswords: boolean | undefined
  /** An administrator who can log in with a key. */
  readonly administrator: string | undefined
}

/** Plans a set-up, and checks all that can be checked before anything is changed. @throws {Refusal} */
export async function planSetup(
  flags: HostFlags,
  store: JournalStore,
  report: SetupReport,
): Promise<SetupPlan> {
  const [program, sshd, facts] = [ownProgram(), sshdProgram(), hostFacts()]
  const layout = layoutOf(facts)
  report.check(
    `${layout.family} layout; sshd will use ${layout.stack === 'own' ? 'the PAM stack postern-sshd' : 'its own PAM stack, with the lines of postern-helper'}`,
  )
  const earlier = store.done()?.changes ?? []
  const logins = planLogins({
    ...{ layout, facts, program, earlier, sshdConfig: sshdConfigFile() },
    ...{ command: helperCommand(program, flags.config), unfinishedFile: store.unfinishedFile },
  })
  const settings = await planSettings(flags, { folder: RUN_FOLDER, earlier })
  await requireEngines(settings, report)
  const planned = new PlannedSshd(sshd, `${RUN_FOLDER}/ssh`, {
    config: sshdConfigFile(),
    change: logins.settings,
  })
  planned.requireEffective(logins.settings.lines)
  const [problem] = sshdProblems(planned.settings(), settings.config.deadline)
  if (problem !== undefined)
    throw new Refusal('settings', `with these settings of sshd: ${problem}`)
  const administrator = requireAdministrator(planned, flags, report)
  const changes = [...settings.changes, ...logins.changes]
  const { namesService } = facts.abilities
  return {
    ...{ settings, logins, changes, earlier, program, sshd, namesService, administrator },
    tookPasswords: foundChanges().length > 0 ? undefined : takesPasswords(readSshdSettings()),
  }
}

async function requireEngines({ config }: SettingsPlan, report: SetupReport): Promise<void> {
  for (const engine of config.engines) {
    const problem = await engineProblem(engine, config)
    if (problem !== undefined) throw new Refusal('unavailable', `${engine.name}: ${problem}`)
    report.check(`${engine.name}: the SSH engine answers`)
  }
}

/** @throws {Refusal} if no administrator could log in with a key while the engine is away */
function requireAdministrator(
  planned: PlannedSshd,
  flags: HostFlags,
  report: SetupReport,
): string | undefined {
  const found = administrators(user => planned.settingsFor({ user, address: '192.0.2.1' }))
  const able = found.filter(({ obstacle }) => obstacle === undefined)
  const [first] = able
  if (first) report.check(`sshd accepts a key of ${able.map(({ user }) => user).join(', ')}`)
  const why = found.map(({ user, obstacle }) => `${user}: ${obstacle}`).join('; ')
  if (!first && !flags.has('force'))
    throw new Refusal(
      'trial',
      `no administrator could log in while the engine is away (${why}). Put a key of root or of a member of sudo or wheel on this host, or go on with -force`,
    )
  if (!first) report.warn(`no administrator has a key that sshd accepts (${why})`)
  return first?.user
}
