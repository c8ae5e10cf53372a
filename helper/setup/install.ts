import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import type { HostFlags } from '../commands/host-flags.ts'
import { Refusal } from '../refusal.ts'
import { agree } from './agree.ts'
import { armRollback, disarmRollback, hasSystemd } from './confirmation.ts'
import { enrolledFiles, enrollNow, keysChange, needsEnrollment } from './enrollment.ts'
import { makeFolder, missingFolders, stateOf, writeState } from './file-state.ts'
import type { JournalStore } from './journal.ts'
import { type Change, type Journal, PHASES, type Phase } from './journal.ts'
import { bootId, ticksNow, ticksOf } from './process-start.ts'
import { SetupOutcome, type SetupReport } from './report.ts'
import { diffOf } from './restore.ts'
import { RUN_FOLDER } from './setup-lock.ts'
import type { SetupPlan } from './setup-plan.ts'
import { reloadSshd } from './sshd-process.ts'
import { checkSshd } from './sshd-steps.ts'
import { lastSetup, takeBack } from './take-back.ts'
import { changeTimers } from './timers.ts'
import { tryLogins } from './try-logins.ts'

interface Installation {
  readonly flags: HostFlags
  readonly store: JournalStore
  readonly report: SetupReport
  readonly plan: SetupPlan
}

/** Does what a plan says, or nothing that matters to a login. @throws {Refusal} after everything was taken back */
export async function install(installation: Installation): Promise<string> {
  const { flags, report, plan, store } = installation
  const enrolls = needsEnrollment(flags, plan.settings.config)
  for (const change of plan.changes)
    report.change(change.file, diffOf({ change, current: change.previous, next: change.next }))
  if (enrolls) report.step(`enrols this host as ${flags.required('name')}`)
  if (plan.changes.length === 0 && !enrolls) return report.end('unchanged', 'nothing to do')
  if (flags.has('diff'))
    throw new SetupOutcome(
      'stack',
      'would change',
      'there is something to do: run this without -diff',
    )
  if (!flags.has('yes')) await agree('Change these files?')
  try {
    return await carryOut(installation, begin(installation), enrolls)
  } catch (error) {
    if (error instanceof SetupOutcome) throw error
    report.step('taking it back')
    await takeBack(store, report)
    // also if it ended before the journal was on the disk
    store.tidy()
    throw error
  }
}

/** The journal is on the disk before anything is changed. */
function begin({ store, plan, flags }: Installation): Journal {
  const keys = keysChange(plan.settings.config)
  const known = [...plan.changes, ...kept(plan.earlier, plan.changes)]
  const all = known.some(({ file }) => file === keys.file) ? known : [...known, keys]
  const folders = [...new Set(plan.changes.map(({ file }) => dirname(file)))]
  const missing = [...new Set(folders.flatMap(missingFolders))]
  const last = lastSetup(store)
  const journal: Journal = {
    id: randomUUID().slice(0, 8),
    state: 'writing',
    boot: bootId(),
    since: ticksNow(),
    patience: ticksOf(patienceOf(flags)),
    changes: all.map(withoutNext),
    revocable: PHASES,
    folders: [...(last?.folders ?? []), ...missing],
    // after an undo that kept the settings only these are left of the one before
    passwords: last?.changes.some(({ phase }) => phase === 'sshd')
      ? last.passwords
      : plan.tookPasswords,
  }
  store.write(journal)
  for (const folder of folders) makeFolder(folder)
  return journal
}

const withoutNext = ({ file, phase, original, previous, after }: Change): Change => ({
  ...{ file, phase, original, previous, after },
})

/** Files of an earlier run that this one does not change. */
const kept = (earlier: readonly Change[], changes: readonly Change[]): readonly Change[] =>
  earlier
    .filter(({ file }) => !changes.some(change => change.file === file))
    .map(change => ({ ...change, previous: stateOf(change.file) }))

/** Seconds that a set-up waits for its confirmation. */
export function patienceOf(flags: HostFlags): number {
  const text = flags.text('confirm-within', '5m')
  const [, count, unit] = /^(\d{1,5})(s|m)?$/.exec(text) ?? []
  if (count === undefined) throw new Refusal('usage', '-confirm-within is a time such as 5m or 90s')
  return Number(count) * (unit === 'm' ? 60 : 1)
}

async function carryOut(
  installation: Installation,
  begun: Journal,
  enrolls: boolean,
): Promise<string> {
  const { flags, store, report, plan } = installation
  write(plan, ['settings'])
  const journal = await settle(installation, begun, enrolls)
  await tryLogins(plan, { flags, report, folder: `${RUN_FOLDER}/trial`, programs: store.folder })
  const waits = !flags.has('yes') && plan.changes.some(({ phase }) => phase !== 'settings')
  // also without a confirmation: this process may be killed
  armRollback(plan.program, {
    id: journal.id,
    seconds: journal.patience / ticksOf(1),
    unfinishedFile: store.unfinishedFile,
  })
  write(plan, ['unit', 'stack', 'sshd'])
  checkSshd(plan.sshd)
  const reloaded = await reloadSshd()
  report.step(
    reloaded > 0
      ? 'sshd has read its new settings'
      : 'sshd does not run here now; it has these settings when it starts',
  )
  if (!waits) return finish(installation, journal)
  store.write({ ...journal, state: 'waiting', since: ticksNow() })
  throw waiting(plan, journal)
}

function waiting({ program }: SetupPlan, { patience }: Journal): SetupOutcome {
  const reboot = hasSystemd() ? 'and at a reboot' : 'and by the next run of setup after a reboot'
  return new SetupOutcome(
    'waiting',
    'waiting for confirmation',
    `log in again in another window, and run there: ${program} setup -confirm
Otherwise this is taken back ${Math.round(patience / ticksOf(1))} seconds after it began, ${reboot}.`,
  )
}

function write({ changes }: SetupPlan, phases: readonly Phase[]): void {
  for (const phase of phases)
    for (const { file, next } of changes.filter(change => change.phase === phase))
      writeState(file, next)
}

/** Enrols the host, whose settings are kept from then on even if no login follows. */
async function settle(
  { flags, store, report, plan }: Installation,
  journal: Journal,
  enrolls: boolean,
): Promise<Journal> {
  const before = enrolledFiles(flags, journal.changes)
  const done = await enrollNow(flags, { enrolls, isNewlySigned: plan.settings.isNewlySigned })
  for (const line of done) report.check(line)
  if (done.length === 0) return journal
  const settled: Journal = {
    ...journal,
    changes: before(),
    revocable: enrolls ? ['unit', 'stack', 'sshd'] : PHASES,
  }
  store.write(settled)
  return settled
}

/** Keeps the set-up. */
export function finish(
  { store, report, plan }: Pick<Installation, 'store' | 'report' | 'plan'>,
  journal: Journal,
): string {
  store.write({ ...journal, state: 'done' })
  disarmRollback(journal.id)
  for (const warning of changeTimers('enable')) report.warn(warning)
  return report.end(
    'set up',
    `set up: users can log in with one-time passwords. ${plan.program} setup -undo takes it back`,
  )
}
