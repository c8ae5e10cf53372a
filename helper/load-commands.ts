import { scriptInAsset } from '../shared/script-in-asset.ts'
import type { runCommand } from './commands/run-command.ts'

/** Set by the build where the commands are a script of their own. */
declare const POSTERN_COMMANDS: true | undefined

/** The name of that script among the assets of the program. */
export const COMMANDS = 'COMMANDS'

interface Commands {
  readonly runCommand: typeof runCommand
}

/**
 * Loads the code of all commands. In the built program it is a script of its own, which a login never reads: as part of the login's script
 * it would take a megabyte and milliseconds of each.
 */
export const loadCommands = (): Promise<Commands> =>
  typeof POSTERN_COMMANDS === 'undefined'
    ? import('./commands/run-command.ts')
    : Promise.resolve(scriptInAsset<Commands>(COMMANDS))
