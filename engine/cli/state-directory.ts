import { join } from 'node:path'
import type { CliIo } from './cli-io.ts'
import { homeIn } from './system.ts'

/** Where the command line remembers things for the user; undefined without a home directory. */
export function stateDirectory(environment: CliIo['environment']): string | undefined {
  const home = homeIn(environment)
  const state = environment.XDG_STATE_HOME || (home && join(home, '.local/state'))
  return state && join(state, 'postern')
}
