import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { HostFlags } from '../commands/host-flags.ts'
import { agree } from './agree.ts'
import { disarmRollback } from './confirmation.ts'
import { removeFolderIfEmpty } from './file-state.ts'
import { type Journal, type JournalStore, PHASES, type Phase } from './journal.ts'
import { sshdProgram } from './os-facts.ts'
import { bootId, ticksNow } from './process-start.ts'
import { SetupOutcome, type SetupReport } from './report.ts'
import { diffOf, foundChanges, restorations, restore } from './restore.ts'
import { sshdSteps } from './sshd-steps.ts'
import { clearDrafts } from './take-back.ts'
import { changeTimers } from './timers.ts'

interface Undoing {
  readonly flags: HostFlags
  readonly store: JournalStore
  readonly report: SetupReport
}

const LOGINS: readonly Phase[] = ['unit', 'stack', 'sshd']

/** Takes a set-up back, whoever made it: by the journal, or by the lines that are found. @throws {Refusal} */
export async function undo({ flags, store, report }: Undoing): Promise<string> {
  const journal = journalOf(store)
  if (!flags.has('diff')) clearDrafts(store, journal.changes)
  const phases = flags.has('keep-settings') ? LOGINS : PHASES
  const steps = restorations(journal.changes, { to: 'original', phases })
  for (const step of steps) {
    report.change(step.change.file, diffOf(step))
    if (step.note !== undefined) report.warn(step.note)
  }
  if (flags.has('diff')) {
    if (steps.length === 0) return report.end('unchanged', 'nothing to do')
    throw new SetupOutcome(
      'stack',
      'would change',
      'there is something to undo: run this without -diff',
    )
  }
  if (steps.length > 0 && !flags.has('yes')) await agree('Restore these files?')
  if (steps.length > 0)
    store.write({ ...journal, state: 'undoing', changes: journal.changes.map(toOriginal) })
  for (const warning of changeTimers('disable')) report.warn(warning)
  await restore(steps, sshdSteps(sshdProgram(), flags.has('force') ? {} : journal))
  disarmRollback(journal.id)
  forget(journal, store, flags)
  return report.end('undone', steps.length > 0 ? 'undone' : 'nothing to undo')
}

/** If an undo is cut off, going back to what was there before means to finish it. */
const toOriginal = (change: Journal['changes'][number]) => ({
  ...change,
  previous: change.original,
})

function journalOf(store: JournalStore): Journal {
  const known = store.unfinished() ?? store.done()
  if (known) {
    const files = known.changes.map(({ file }) => file)
    const found = foundChanges().filter(({ file }) => !files.includes(file))
    return { ...known, revocable: PHASES, changes: [...known.changes, ...found] }
  }
  return {
    ...{ id: 'found', state: 'done', boot: bootId(), since: ticksNow(), patience: 0 },
    ...{ changes: foundChanges(), revocable: PHASES, folders: [] },
  }
}

/** Removes what the helper keeps, unless a later set-up is to find it. */
function forget({ folders, changes }: Journal, store: JournalStore, flags: HostFlags): void {
  const settings = changes.filter(({ phase }) => phase === 'settings')
  if (flags.has('keep-settings')) {
    const known = store.unfinished()
    if (known) store.write({ ...known, state: 'done', changes: settings })
    return
  }
  // before the journal, which alone knows them
  for (const folder of folders.toReversed()) removeFolderIfEmpty(folder)
  store.remove()
  // what timers have fetched since
  if (settings.length > 0) rmSync(dirname(store.folder), { recursive: true, force: true })
}
