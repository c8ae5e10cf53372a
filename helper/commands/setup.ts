import { Refusal } from '../refusal.ts'
import { AT_BOOT, disarmRollback, requireNewLogin } from '../setup/confirmation.ts'
import { install, patienceOf } from '../setup/install.ts'
import { JournalStore } from '../setup/journal.ts'
import { SetupOutcome, SetupReport } from '../setup/report.ts'
import { requireUnconfined } from '../setup/require-unconfined.ts'
import { lockSetup, waitForLock } from '../setup/setup-lock.ts'
import { planSetup } from '../setup/setup-plan.ts'
import { isWaiting, takeBack } from '../setup/take-back.ts'
import { changeTimers } from '../setup/timers.ts'
import { undo } from '../setup/undo.ts'
import type { HostFlags } from './host-flags.ts'

/** Sets this host up, confirms that, or takes it back. docs/decisions/0037-setup.md @throws {Refusal} */
export async function setup(flags: HostFlags): Promise<string> {
  if (process.geteuid?.() !== 0) throw new Refusal('usage', 'only root can set a host up: use sudo')
  requireUnconfined()
  const report = new SetupReport(flags.text('format', 'text'))
  finishAlone()
  try {
    using _ = flags.optional('rollback') === undefined ? lockSetup() : await waitForLock()
    return await work(flags, report)
  } catch (error) {
    report.fail(error)
    throw error
  }
}

/** What has begun is finished, or taken back, also if the session ends or somebody types Control-C. */
function finishAlone(): void {
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {})
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {})
}

function work(flags: HostFlags, report: SetupReport): Promise<string> {
  const store = new JournalStore()
  const rollback = flags.optional('rollback')
  if (rollback !== undefined) return rollBack(rollback, store, report)
  const asked = ['confirm', 'undo'].filter(name => flags.has(name))
  if (asked.length > 1) throw new Refusal('usage', '-confirm and -undo exclude each other')
  if (flags.has('confirm')) return confirm(store, report)
  if (flags.has('undo')) return undo({ flags, store, report })
  return setUp(flags, store, report)
}

async function setUp(flags: HostFlags, store: JournalStore, report: SetupReport): Promise<string> {
  patienceOf(flags)
  const pending = store.unfinished()
  if (pending && isWaiting(pending))
    throw new Refusal(
      'usage',
      'a set-up waits for its confirmation: run "postern-helper setup -confirm" in a new login, or "postern-helper setup -undo"',
    )
  if (pending) {
    if (flags.has('diff'))
      throw new SetupOutcome(
        'stack',
        'would change',
        'a set-up was cut off: run this without -diff, which takes it back first',
      )
    report.step('an earlier set-up was not finished or confirmed: taking it back')
    await takeBack(store, report)
  }
  return install({ flags, store, report, plan: await planSetup(flags, store, report) })
}

async function confirm(store: JournalStore, report: SetupReport): Promise<string> {
  const journal = store.unfinished()
  if (!journal && store.done())
    return report.end('unchanged', 'nothing to do: the set-up is confirmed')
  if (!journal || !isWaiting(journal))
    throw new Refusal(
      'usage',
      'no set-up waits for a confirmation: it was taken back, or there was none',
    )
  requireNewLogin(journal)
  store.write({ ...journal, state: 'done' })
  disarmRollback(journal.id)
  for (const warning of changeTimers('enable')) report.warn(warning)
  return report.end('confirmed', 'confirmed: the set-up is kept')
}

/** Run by a timer, with the id of a set-up, or at boot. */
async function rollBack(id: string, store: JournalStore, report: SetupReport): Promise<string> {
  const journal = store.unfinished()
  const isMeant = id === AT_BOOT ? journal : journal?.id === id
  if (!isMeant) {
    store.tidy()
    return report.end('unchanged', 'nothing to do')
  }
  await takeBack(store, report)
  return report.end('rolled back', 'rolled back: the set-up was not finished or confirmed')
}
