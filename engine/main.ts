import { isSea } from 'node:sea'
import { Invalid } from '../shared/invalid.ts'
import { version } from '../shared/version.ts'
import { visible } from '../shared/visible.ts'
import { cli } from './cli/cli.ts'
import { failureOf } from './cli/unexpected.ts'
import { StoreUnavailable } from './storage/store.ts'

const { argv, env, execPath, stdout, stderr } = process

/** The words that start this program again. */
const self = isSea() ? [execPath] : [execPath, argv[1] ?? '']

process.on('uncaughtException', explain)

main()

/** Ends a command with a line, where Node would show the source of this program. */
function explain(error: unknown): void {
  const { message, exitCode } = failureOf(error, env)
  stderr.write(`${visible(message)}\n`)
  process.exit(exitCode)
}

async function main(): Promise<void> {
  process.exitCode = await cli(argv.slice(2), {
    environment: env,
    // not before it is wanted: ssh must find the terminal or the pipe as it was
    stdin: () => process.stdin,
    stdout,
    stderr,
    version,
    self,
    // only the server needs the engine: commands, and the answers that ssh waits for, start without it
    runServer: options =>
      explained(async () => {
        process.off('uncaughtException', explain)
        const { runServer } = await import('./process/run-server.ts')
        const command = [...self.slice(1), ...argv.slice(2)]
        return await runServer(options, { stdout, stderr, command })
      }),
    runStorage: task =>
      explained(async () => {
        const { runStorage } = await import('./process/run-storage.ts')
        return await runStorage(task, { stdout, stderr })
      }),
  })
}

/** Tells a person what they can do something about. */
async function explained(work: () => Promise<number>): Promise<number> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof StoreUnavailable)) throw error
    stderr.write(`${visible(error.message)}\n`)
    return 1
  }
}
