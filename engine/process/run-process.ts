import type { Writable } from 'node:stream'
import { Invalid } from '../../shared/invalid.ts'
import { attempt } from '../../shared/result.ts'
import type { Secret } from '../../shared/secret.ts'
import { version } from '../../shared/version.ts'
import { tlsWarnings } from '../config/check-config.ts'
import { clusterMemoryOf } from '../config/cluster-settings.ts'
import type { Config } from '../config/config.ts'
import { readIdentity } from '../config/read-identity.ts'
import { sealKeysOf } from '../config/seal-settings.ts'
import type { TlsIdentity } from '../http/listen.ts'
import type { EngineLog } from '../log.ts'
import { type Server, startServer } from '../server.ts'
import { Tampered } from '../storage/aead.ts'
import { newToken } from '../token/tokens.ts'
import { banner } from './banner.ts'
import { surviveUncaught } from './uncaught.ts'
import type { Worker } from './worker.ts'

/** What the system says to a daemon that should stop, and to one that should read its certificates again. */
const STOP = ['SIGTERM', 'SIGINT'] as const
const RELOAD = 'SIGHUP'

/** Seals at once: whoever may send it has the machine. Without storage no token can be proved. */
const SEAL = 'SIGUSR1'

interface ProcessOptions {
  readonly log: EngineLog
  readonly stdout: Writable
  /** This process among the workers of the node, where it is one. */
  readonly worker: Worker | undefined
  /** The root token of a store that forgets; absent: one is made up. */
  readonly token: Secret | undefined
  /** Takes from the configuration again what can change while the engine runs. @throws {Invalid} */
  readonly reread: () => void
}

/**
 * Runs the engine in this process until it is told to stop; resolves after a graceful stop.
 * @throws {Invalid} when it cannot start, with a sentence for the person who configured it
 */
export async function runProcess(
  config: Config,
  { log, stdout, worker, token, reread }: ProcessOptions,
): Promise<void> {
  const { address, listener, lifetimes, storage, audit } = config
  const tls = await readIdentity(config)
  // one of several processes says it for all
  const tell = (worker?.number ?? 1) === 1 ? log : undefined
  if (tls && tell) await warnOf(config, tls, tell)
  const rootToken = storage.type === 'inmem' ? (token ?? newToken()) : undefined
  let started: Server | undefined
  using _ = surviveUncaught({ log, survived: () => started?.uncaught() })
  await using server = await startServer(
    {
      address,
      tls,
      listener,
      lifetimes,
      storage,
      cluster: clusterMemoryOf(config),
      audit,
      ...sealKeysOf(config.seal),
      rootToken,
      worker,
    },
    log,
  ).catch(error => {
    throw explained(error, address)
  })
  started = server
  const status = await attempt(() => server.sealing.status())
  const shown = banner(server, config, status.ok ? status.value : undefined)
  const stopped = Promise.withResolvers<string>()
  for (const name of STOP) process.once(name, () => stopped.resolve(name))
  const reload = () => reloaded(server, { config, log, reread })
  process.on(RELOAD, reload)
  if (worker) attend(worker, { server, shown, reload, stop: () => stopped.resolve('stop') })
  else stdout.write(shown)
  process.on(SEAL, () => sealed(server, log))
  log.info({ address: server.listener.address, version, worker: worker?.number }, 'server started')

  const signal = await stopped.promise
  process.off(RELOAD, reload)
  log.info({ signal, worker: worker?.number }, 'server is stopping')
}

interface Attended {
  readonly server: Server
  readonly shown: string
  readonly reload: () => Promise<void>
  readonly stop: () => void
}

/** Does what the supervisor says. The system may say it, too, to all processes of a unit or of a terminal. */
function attend(worker: Worker, { server, shown, reload, stop }: Attended): void {
  for (const name of STOP) process.on(name, stop)
  worker.attend(shown, {
    reload,
    stop,
    questions: {
      counts: () => server.counts(),
      async seal() {
        await server.sealing.sealHere()
        return true
      },
    },
  })
}

/** Wipes the keys before anything is waited for. */
function sealed(server: Server, log: EngineLog): void {
  const done = server.sealing.sealByHand()
  log.warn({}, 'sealed by a signal')
  done.catch(error => log.error({ error }, 'what ran beside requests did not end well'))
}

/** Says what clients will not like about the certificate. */
async function warnOf(config: Config, { certificate }: TlsIdentity, log: EngineLog) {
  for (const warning of await tlsWarnings(config, certificate)) log.warn({}, warning)
}

interface Reloaded extends Pick<ProcessOptions, 'log' | 'reread'> {
  readonly config: Config
}

async function reloaded(server: Server, { config, log, reread }: Reloaded): Promise<void> {
  const failed = (what: string) => (error: unknown) =>
    log.error(
      error instanceof Invalid ? { reason: error.message } : { error },
      `${what} could not be read again; what is in use stays`,
    )
  // a mistake in one of them keeps nobody from renewing the other
  await Promise.resolve().then(reread).catch(failed('the configuration'))
  try {
    const fresh = await readIdentity(config)
    if (fresh) server.listener.reload(fresh)
    await server.reopen()
    log.info({}, 'log level and certificates read again, audit files opened again')
    if (fresh) await warnOf(config, fresh, log)
  } catch (error) {
    failed('certificates or audit files')(error)
  }
}

/** An error for the person who starts the server, where the storage or the port is the reason that it does not start. */
function explained(error: unknown, address: string): unknown {
  if (error instanceof Tampered)
    return new Invalid(
      `the storage is damaged, or somebody has changed it: ${error.message}. Put a backup in its place`,
      { cause: error },
    )
  const { syscall, code, message } = error as NodeJS.ErrnoException
  // workers are given the port, bound, by the process that supervises them
  if (syscall !== 'listen' && syscall !== 'bind' && syscall !== 'getaddrinfo') return error
  const why = code === 'EADDRINUSE' ? 'another program listens there' : message
  return new Invalid(`cannot listen on ${address}: ${why}`, { cause: error })
}
