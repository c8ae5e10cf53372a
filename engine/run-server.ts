import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { Invalid } from '../shared/invalid.ts'
import { attempt } from '../shared/result.ts'
import { version } from '../shared/version.ts'
import { banner } from './banner.ts'
import type { ServerOptions } from './cli/world.ts'
import { devConfig, parseLogLevel, readConfig, readIdentity } from './config.ts'
import { openLog } from './log.ts'
import { sealKeysOf } from './seal-settings.ts'
import { startServer } from './server.ts'
import { newToken } from './token/tokens.ts'

/** What the system says to a daemon that should stop, and to one that should read its certificates again. */
const STOP = ['SIGTERM', 'SIGINT'] as const
const RELOAD = 'SIGHUP'

/**
 * Runs the engine until it is told to stop. Gives the exit code: 0 after a graceful stop.
 * @throws {Invalid} when the configuration is wrong, with a sentence for the person who wrote it
 */
export async function runServer(options: ServerOptions, stdout: Writable): Promise<number> {
  const dev = options.mode === 'dev'
  const config = dev ? devConfig(options.listenAddress) : readConfig(options.config)
  const log = openLog(
    options.logLevel === undefined ? config.logLevel : parseLogLevel(options.logLevel),
  )
  const { address, lifetimes, storage, audit } = config
  const [tls, sealKeys] = [await readIdentity(config), sealKeysOf(config.seal)]
  if (!dev && options.check) {
    stdout.write(`${options.config}: the configuration is valid\n`)
    return 0
  }

  const token = dev ? options.rootToken : undefined
  const rootToken = storage.type === 'inmem' ? (token ?? newToken()) : undefined
  await using server = await startServer(
    { address, tls, lifetimes, storage, audit, sealKeys, rootToken },
    log,
  ).catch(error => {
    throw explained(error, address)
  })
  const status = await attempt(() => server.sealing.status())
  stdout.write(banner(server, config, status.ok ? status.value : undefined))
  log.info({ address: server.listener.address, version }, 'server started')

  const reload = async () => {
    try {
      const fresh = await readIdentity(config)
      if (fresh) server.listener.reload(fresh)
      await server.reopen()
      log.info({}, 'certificates read again, audit files opened again')
    } catch (error) {
      log.error({ error }, 'certificates or audit files could not be read again; those in use stay')
    }
  }
  process.on(RELOAD, reload)
  const signal = await Promise.race(STOP.map(name => once(process, name).then(() => name)))
  process.off(RELOAD, reload)
  log.info({ signal }, 'server is stopping')
  return 0
}

/** An error for the person who starts the server, where the port is the reason that it does not start. */
function explained(error: unknown, address: string): unknown {
  const { syscall, code, message } = error as NodeJS.ErrnoException
  if (syscall !== 'listen' && syscall !== 'getaddrinfo') return error
  const why = code === 'EADDRINUSE' ? 'another program listens there' : message
  return new Invalid(`cannot listen on ${address}: ${why}`, { cause: error })
}
