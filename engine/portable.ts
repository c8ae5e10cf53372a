import { version } from '../shared/version.ts'
import { visible } from '../shared/visible.ts'
import { cli } from './cli/cli.ts'
import { leaveTerminal } from './cli/leave-terminal.ts'
import { failureOf } from './cli/unexpected.ts'

const { argv, env, execPath, stdout, stderr } = process

/*
 * The command line alone, without the engine, for every system that Node runs on.
 */

process.on('uncaughtException', error => {
  const { message, exitCode } = failureOf(error, env)
  stderr.write(`${visible(message)}\n`)
  process.exit(exitCode)
})
process.on('exit', leaveTerminal)

cli(argv.slice(2), {
  environment: env,
  stdin: () => process.stdin,
  stdout,
  stderr,
  version,
  self: [execPath, argv[1] ?? ''],
  portable: true,
  runServer: neverRun,
  runStorage: neverRun,
}).then(code => {
  process.exitCode = code
})

/** The command line refuses these commands before. */
async function neverRun(): Promise<never> {
  throw new Error('there is no engine in this program')
}
