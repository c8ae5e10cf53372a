import type { Writable } from 'node:stream'
import { Invalid } from '../shared/invalid.ts'
import { fileProblems } from './audit/check-files.ts'
import type { ServerOptions } from './cli/world.ts'
import { type Config, devConfig, parseLogLevel, readConfig, readIdentity } from './config.ts'
import { type EngineLog, openLog } from './log.ts'
import { runProcess } from './run-process.ts'
import { sealKeysOf } from './seal-settings.ts'
import { databaseWarning } from './storage/database-tls.ts'
import { surviveUncaught } from './uncaught.ts'
import { supervise } from './workers/supervise.ts'
import { Worker } from './workers/worker.ts'

interface Surroundings {
  readonly stdout: Writable
  /** The words behind the path of Node, or of the program, that start this process again. */
  readonly command: readonly string[]
}

/**
 * Runs the engine until it is told to stop, in this process or in workers that it starts. Gives the exit code: 0 after a graceful stop.
 * @throws {Invalid} when the configuration is wrong, with a sentence for the person who wrote it
 */
export async function runServer(
  options: ServerOptions,
  { stdout, command }: Surroundings,
): Promise<number> {
  using worker = Worker.current()
  const dev = options.mode === 'dev'
  const config = dev ? devConfig(options.listenAddress) : readConfig(options.config)
  const log = openLog(
    options.logLevel === undefined ? config.logLevel : parseLogLevel(options.logLevel),
  )
  // one of several processes says it for all
  if (!worker) warnOf(config, log)
  if (!dev && options.check) {
    await readIdentity(config)
    sealKeysOf(config.seal)
    await checkAudit(config, problem => log.error({}, problem))
    stdout.write(`${options.config}: the configuration is valid\n`)
    return 0
  }
  if (config.workers > 1 && !worker) {
    using _ = surviveUncaught({ log })
    return await supervise({ count: config.workers, command, stdout, log })
  }
  await runProcess(config, { log, stdout, worker, token: dev ? options.rootToken : undefined })
  return 0
}

/** One audit device that takes lines is enough, so others are only told of. @throws {Invalid} if none of those declared would */
async function checkAudit({ audit }: Config, tell: (problem: string) => void): Promise<void> {
  const problems = await fileProblems(audit)
  if (problems.length > 0 && problems.length === audit.length)
    throw new Invalid(problems.join('\n'))
  problems.forEach(tell)
}

/** Says at every start what the configuration allows and should not. */
function warnOf({ storage }: Config, log: EngineLog): void {
  const warning = storage.type === 'postgresql' ? databaseWarning(storage.url.reveal()) : undefined
  if (warning !== undefined) log.warn({}, warning)
}
