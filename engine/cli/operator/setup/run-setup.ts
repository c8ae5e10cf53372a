import { EXIT, Failure } from '../../failure.ts'
import { checkSetup } from './check-setup.ts'
import { engineClients } from './engine-client.ts'
import { Installation } from './installation.ts'
import { performSetup } from './perform-setup.ts'
import { rowsOf } from './run-steps.ts'
import { answers } from './service-steps.ts'
import type { SetupCall } from './setup-flags.ts'
import { PATHS } from './setup-paths.ts'
import { readPlan } from './setup-plan.ts'
import { undoSetup } from './undo-setup.ts'

/** Sets an engine up, checks that it could, or takes it back, as the flags say. Gives the exit code. */
export async function runSetup(call: SetupCall): Promise<number> {
  const { flags, io } = call
  if (flags.undo) return undo(call)
  if (flags['delete-data']) throw new Failure('-delete-data belongs to -undo')
  if (flags.diff && !flags.check) throw new Failure('-diff belongs to -check')
  const installation = new Installation(PATHS.record)
  const plan = readPlan(flags, io.self, installation.record.plan)
  const parts = { call, plan, installation }
  return flags.check ? checkSetup(parts) : performSetup(parts)
}

async function undo({ flags, print, io, connect }: SetupCall): Promise<number> {
  if (process.geteuid?.() !== 0) throw new Failure('this user is not root: run it with sudo')
  const installation = new Installation(PATHS.record)
  if (installation.isEmpty) {
    print.note('nothing to undo: there is no record of a set-up')
    return EXIT.ok
  }
  const { plan } = installation.record
  const clients = plan && engineClients(readPlan({}, io.self, plan), connect)
  const outcomes = await undoSetup({
    ...{ installation, deletesData: flags['delete-data'] },
    isRunning: async () => clients !== undefined && (await answers(clients())),
  })
  const rows = outcomes.map(({ name, what }) => [name, what])
  await print.rows(rowsOf(outcomes), ['Name', 'State'], rows)
  return EXIT.ok
}
