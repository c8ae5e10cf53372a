import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { Invalid } from '../shared/invalid.ts'
import type { Secret } from '../shared/secret.ts'
import { version } from '../shared/version.ts'
import type { ServerOptions } from './cli/world.ts'
import { type Config, devConfig, parseLogLevel, readConfig, readIdentity } from './config.ts'
import { openLog } from './log.ts'
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
  const rootToken = (dev ? options.rootToken : undefined) ?? newToken()
  const { address, lifetimes, storage } = config
  const tls = await readIdentity(config)
  if (!dev && options.check) {
    stdout.write(`${options.config}: the configuration is valid\n`)
    return 0
  }

  await using server = await startServer(
    { address, tls, lifetimes, storage, rootToken },
    log,
  ).catch(error => {
    throw explained(error, address)
  })
  stdout.write(banner(server.listener.url, config, server.isNew ? rootToken : undefined))
  log.info({ address: server.listener.address, version }, 'server started')

  const reload = async () => {
    try {
      const fresh = await readIdentity(config)
      if (fresh) server.listener.reload(fresh)
      log.info({}, 'certificates read again')
    } catch (error) {
      log.error({ error }, 'certificates could not be read again; those in use stay')
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

/** What a person sees who has started a server: where it is and how to use it, in the manner of Vault. */
function banner(url: string, config: Config, rootToken: Secret | undefined): string {
  const facts = [
    ['Api Address', config.apiAddress ?? url],
    [
      'Listener 1',
      `tcp (addr: "${new URL(url).host}", tls: "${config.tls ? 'enabled' : 'disabled'}")`,
    ],
    ['Log Level', config.logLevel],
    ['Storage', config.storage.type],
    ['Version', `Postern v${version}`],
  ] as const
  return `==> Postern server configuration:

${facts.map(([name, value]) => `${name.padStart(24)}: ${value}`).join('\n')}

==> Postern server started! Log data will stream in below:

${config.storage.type === 'inmem' ? FORGETS : ''}You may need to set the following environment variables:

    $ export VAULT_ADDR='${url}'

${rootToken ? firstToken(rootToken) : ''}`
}

const FORGETS = 'WARNING! All data is kept in memory: when the server stops, it is gone.\n\n'

const firstToken = (
  token: Secret,
) => `The storage is new. Its root token may do everything, and is not shown again:

Root Token: ${token.reveal()}

`
