import type { Writable } from 'node:stream'
import { Invalid } from '../../shared/invalid.ts'
import type { ServerOptions } from '../cli/cli-io.ts'
import { checkConfig, warningsOf } from '../config/check-config.ts'
import { type Config, devConfig, parseLogLevel, readConfig } from '../config/config.ts'
import { parseBindAddress } from '../http/bind-address.ts'
import { type AdjustableLog, openLog } from '../log.ts'
import { becomeUser, isUser } from './become-user.ts'
import { type DevTls, makeDevTls } from './dev-tls.ts'
import { runProcess } from './run-process.ts'
import { supervise } from './supervise.ts'
import { surviveUncaught } from './uncaught.ts'
import { Worker } from './worker.ts'

export interface ServerProcess {
  readonly stdout: Writable
  readonly stderr: Writable
  /** The arguments of Node, or of the executable, that start this process again. */
  readonly command: readonly string[]
}

/** The user of the packaged systemd unit. */
const SERVICE_USER = 'postern'

/** Exit code of a strict check with warnings. */
const WARNED = 2

/**
 * Runs the engine until a signal stops it, in this process or in workers. Gives the exit code: 0 after a graceful stop.
 * @throws {Invalid} if the configuration is invalid, with a message for the operator
 */
export async function runServer(
  options: ServerOptions,
  { stdout, stderr, command }: ServerProcess,
): Promise<number> {
  if (options.mode === 'file' && options.check) return check(options, { stdout, stderr })
  using worker = Worker.current()
  const dev = options.mode === 'dev'
  using files = dev ? devTls(options) : undefined
  const config = dev ? withDevTls(devConfig(options), files) : readConfig(options.config)
  const log = openLog(levelFor(options, config))
  // the supervisor logs warnings, for all workers
  if (!worker) for (const warning of warningsOf(config)) log.warn({}, warning)
  const reread = () => rereadLevel(options, log)
  if (config.workers > 1 && !worker) {
    using _ = surviveUncaught({ log })
    return await supervise({ count: config.workers, command, stdout, log, reread })
  }
  const token = dev ? options.rootToken : undefined
  await runProcess(config, { log, stdout, worker, token, reread })
  return 0
}

type DevOptions = Extract<ServerOptions, { mode: 'dev' }>

const devTls = (options: DevOptions): DevTls | undefined =>
  options.tls &&
  makeDevTls(parseBindAddress(devConfig(options).address).host ?? 'localhost', options.tls.folder)

function withDevTls(config: Config, files: DevTls | undefined): Config {
  if (!files) return config
  const { caFile, certificateFile, keyFile } = files
  return {
    ...config,
    tls: { certificateFile, keyFile, minVersion: 'tls12' },
    tlsCaFile: caFile,
    devCaFile: caFile,
  }
}

type CheckOptions = Extract<ServerOptions, { mode: 'file' }>

/** @throws {Invalid} */
async function check(
  { config, strict, user }: CheckOptions,
  { stdout, stderr }: Pick<ServerProcess, 'stdout' | 'stderr'>,
): Promise<number> {
  const service = serviceUser(user)
  if (service !== undefined) becomeUser(service)
  const by = service === undefined ? '' : `as the user ${service}: `
  const warnings = await checkConfig(config).catch(error => {
    throw error instanceof Invalid ? new Invalid(by + error.message, { cause: error }) : error
  })
  for (const warning of warnings) stderr.write(`WARNING! ${warning}\n`)
  stdout.write(`${by}${config}: the configuration is valid\n`)
  return strict && warnings.length > 0 ? WARNED : 0
}

/** The user to check as instead of root: the given one, else that of the packaged unit, if it exists. @throws {Invalid} */
function serviceUser(given: string | undefined): string | undefined {
  if (process.geteuid?.() === 0) return given ?? (isUser(SERVICE_USER) ? SERVICE_USER : undefined)
  if (given !== undefined)
    throw new Invalid('-user requires root: run the check as that user instead')
  return undefined
}

const levelFor = ({ logLevel }: ServerOptions, config: Config) =>
  logLevel === undefined ? config.logLevel : parseLogLevel(logLevel)

/** Reloads the log level from the file, unless the command line sets it. @throws {Invalid} and keeps the old level */
function rereadLevel(options: ServerOptions, log: AdjustableLog): void {
  if (options.mode === 'file') log.setLevel(levelFor(options, readConfig(options.config)))
}
