import type { JsonObject } from '../../envelope.ts'
import { EXIT, Failure } from '../../failure.ts'
import { allSteps, type SetupParts } from './all-steps.ts'
import { askAdministrator } from './ask-administrator.ts'
import { requireClear } from './check-setup.ts'
import { rowsOf, runSteps } from './run-steps.ts'
import { sealKeyPlaceOf } from './seal-key-step.ts'
import { setupSummary, summaryText } from './setup-summary.ts'
import { keysOf, showKeys } from './show-keys.ts'
import { stopSignal } from './stop-signal.ts'

/** Sets the engine up, or goes on where an earlier run was cut short. Asks first, so that the rest needs nobody. Gives the exit code. @throws {Failure} */
export async function performSetup(parts: SetupParts): Promise<number> {
  const { call, plan, installation } = parts
  const { print, io, flags } = call
  await requireClear(parts)
  // the shares could not be shown
  if (io.stdout.isFull()) throw new Failure('stdout: no space left on device')
  const isNew = !installation.has('administrator created')
  const administrator = isNew ? await askAdministrator(call) : undefined
  installation.begin(plan)
  let shown: JsonObject = {}
  const steps = allSteps(parts, {
    administrator,
    async show(keys) {
      shown = keysOf(sealKeyPlaceOf(plan, installation), keys)
      if (print.format === 'table') await showKeys(call, shown)
    },
  })
  const note = (line: string) => print.note(line)
  using signal = stopSignal(note)
  const done = await runSteps(steps, { note, isStopped: signal.isStopped }).catch(async error => {
    // the only copy
    if (print.format !== 'table' && Object.keys(shown).length > 0) await print.rows(shown, [], [])
    throw error
  })
  const summary = setupSummary(plan, administrator?.name ?? flags.admin)
  if (print.format === 'table') print.line(summaryText(summary))
  else await print.rows({ ...summary, ...shown, steps: rowsOf(done) }, [], [])
  return EXIT.ok
}
