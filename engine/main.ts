import { isSea } from 'node:sea'
import { version } from '../shared/version.ts'
import { visible } from '../shared/visible.ts'
import { cli } from './cli/cli.ts'
import { leaveTerminal } from './cli/leave-terminal.ts'
import { failureOf } from './cli/unexpected.ts'
import { loadEngine } from './load-engine.ts'

const { argv, env, execPath, stdout, stderr } = process

/** The command line that starts this program again. */
const self = isSea() ? [execPath] : [execPath, argv[1] ?? '']

process.on('uncaughtException', explain)
process.on('exit', leaveTerminal)

main()

/** Exits with one line on stderr instead of Node's excerpt of the source. */
function explain(error: unknown): void {
  const { message, exitCode } = failureOf(error, env)
  stderr.write(`${visible(message)}\n`)
  process.exit(exitCode)
}

async function main(): Promise<void> {
  process.exitCode = await cli(argv.slice(2), {
    environment: env,
    // only when needed: reading process.stdin would take input from ssh, or change the terminal
    stdin: () => process.stdin,
    stdout,
    stderr,
    version,
    self,
    runServer: async options => {
      process.off('uncaughtException', explain)
      const { runServer } = await loadEngine()
      const command = [...self.slice(1), ...argv.slice(2)]
      return await runServer(options, { stdout, stderr, command })
    },
    runStorage: async task => (await loadEngine()).runStorage(task, { stdout, stderr }),
  })
}
