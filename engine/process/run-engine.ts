import type { Writable } from 'node:stream'
import { Invalid } from '../../shared/invalid.ts'
import { visible } from '../../shared/visible.ts'
import type { ServerOptions, StorageTask } from '../cli/cli-io.ts'
import { StoreUnavailable } from '../storage/store.ts'
import { type ServerProcess, runServer as serve } from './run-server.ts'
import { type StorageProcess, runStorage as work } from './run-storage.ts'

/** Runs the engine until a signal stops it. Gives the exit code. */
export const runServer = (options: ServerOptions, process: ServerProcess): Promise<number> =>
  explained(process, () => serve(options, process))

/** Runs a task directly on the storage of an engine. Gives the exit code. */
export const runStorage = (task: StorageTask, process: StorageProcess): Promise<number> =>
  explained(process, () => work(task, process))

/** Reports errors that the operator can fix in one line. */
async function explained(
  { stderr }: { readonly stderr: Writable },
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof StoreUnavailable)) throw error
    stderr.write(`${visible(error.message)}\n`)
    return 1
  }
}
