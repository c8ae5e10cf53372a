import { dirname, join } from 'node:path'
import { disarmRollback } from './confirmation.ts'
import { digestOf, removeDraft, removeFolderIfEmpty, stateOf } from './file-state.ts'
import { ANY, type Change, type Journal, type JournalStore } from './journal.ts'
import { sshdProgram } from './os-facts.ts'
import { bootId, ticksNow } from './process-start.ts'
import type { SetupReport } from './report.ts'
import { restorations, restore } from './restore.ts'
import { sshdSteps } from './sshd-steps.ts'
import { Trial } from './trial.ts'

/** The last set-up that was finished. */
export const lastSetup = (store: JournalStore): Journal | undefined => store.done()

/** Takes an unfinished set-up back to what was there before it. Does nothing if there is none. @throws {Refusal} */
export async function takeBack(store: JournalStore, report: SetupReport): Promise<boolean> {
  const journal = store.unfinished()
  if (!journal) return false
  clearDrafts(store, journal.changes)
  const steps = restorations(journal.changes, { to: 'previous', phases: journal.revocable })
  for (const step of steps) {
    report.restored(step.change.file)
    if (step.note !== undefined) report.warn(step.note)
  }
  await restore(steps, sshdSteps(sshdProgram(), journal))
  disarmRollback(journal.id)
  forget(store, journal)
  return true
}

/** Removes what a run that was killed has left beside the files that it was writing. */
export function clearDrafts(store: JournalStore, changes: readonly Pick<Change, 'file'>[]): void {
  Trial.clear()
  const keys = join(dirname(store.folder), 'verify-keys')
  for (const file of [...changes.map(change => change.file), keys]) removeDraft(file)
}

/** What is left of a set-up is what the one before it has made, and settings that are kept. */
function forget(store: JournalStore, journal: Journal): void {
  const left = journal.changes
    .map(change => ({ change, found: digestOf(stateOf(change.file)) }))
    .filter(({ change, found }) => digestOf(change.original) !== found)
    .map(({ change, found }) => ({ ...change, after: change.after === ANY ? ANY : found }))
  if (left.length > 0) store.write({ ...journal, state: 'done', changes: left })
  else {
    for (const folder of journal.folders.toReversed()) removeFolderIfEmpty(folder)
    store.remove()
  }
}

/** Whether a set-up waits for its confirmation, and still may. */
export const isWaiting = ({ state, boot, since, patience }: Journal): boolean =>
  state === 'waiting' && boot === bootId() && ticksNow() - since < patience
