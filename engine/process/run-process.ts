import type { Writable } from 'node:stream'
import { Invalid } from '../../shared/invalid.ts'
import { attempt } from '../../shared/result.ts'
import type { Secret } from '../../shared/secret.ts'
import { systemReason } from '../../shared/system-reason.ts'
import { version } from '../../shared/version.ts'
import { tlsWarnings } from '../config/check-config.ts'
import { clusterMemoryOf } from '../config/cluster-settings.ts'
import type { Config } from '../config/config.ts'
import { type ListenerTls, readTls } from '../config/read-tls.ts'
import { sealKeysOf } from '../config/seal-settings.ts'
import type { EngineLog } from '../log.ts'
import { pageFiles } from '../page-files.ts'
import { type Server, startServer } from '../server.ts'
import { Tampered } from '../storage/aead.ts'
import { newToken } from '../token/tokens.ts'
import { banner } from './banner.ts'
import { IdleCollection } from './idle-collection.ts'
import { surviveUncaught } from './uncaught.ts'
import type { Worker } from './worker.ts'

/** Signals that stop the engine, and that make it reload its certificates. */
const STOP = ['SIGTERM', 'SIGINT'] as const
const RELOAD = 'SIGHUP'

/** Seals at once, without a token: it works while the storage is down, and whoever may send it controls the machine anyway. */
const SEAL = 'SIGUSR1'

interface ProcessOptions {
  readonly log: EngineLog
  readonly stdout: Writable
  /** This process as a worker; undefined if it is the only process of the node. */
  readonly worker: Worker | undefined
  /** Root token of a store in memory; undefined for a random one. */
  readonly token: Secret | undefined
  /** Reloads the settings that can change at run time. @throws {Invalid} */
  readonly reread: () => void
}

/**
 * Runs the engine in this process until a signal stops it; resolves after a graceful stop.
 * @throws {Invalid} if it cannot start, with a message for the operator
 */
export async function runProcess(
  config: Config,
  { log, stdout, worker, token, reread }: ProcessOptions,
): Promise<void> {
  const { address, listener, lifetimes, storage, audit } = config
  const page = pageFiles(config.ui)
  const { tls, authority } = await readTls(config)
  // the first worker logs warnings, for all
  const tell = (worker?.number ?? 1) === 1 ? log : undefined
  if (tell) await warnOf(config, { tls, authority }, tell)
  const rootToken = storage.type === 'inmem' ? (token ?? newToken()) : undefined
  let started: Server | undefined
  using _ = surviveUncaught({ log, survived: () => started?.uncaught() })
  await using server = await startServer(
    {
      address,
      tls,
      authority,
      listener,
      page,
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
  const shown = banner(server, config, {
    status: status.ok ? status.value : undefined,
    hasPage: page !== undefined,
  })
  const stopped = Promise.withResolvers<string>()
  for (const name of STOP) process.once(name, () => stopped.resolve(name))
  const reload = () => reloaded(server, { config, log, reread })
  process.on(RELOAD, reload)
  if (worker) attend(worker, { server, shown, reload, stop: () => stopped.resolve('stop') })
  else stdout.write(shown)
  process.on(SEAL, () => sealed(server, log))
  using _idle = new IdleCollection()
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

/** Handles the messages of the supervisor, and signals, which systemd and terminals send to all processes. */
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

/** Erases the keys before it awaits anything. */
function sealed(server: Server, log: EngineLog): void {
  const done = server.sealing.sealByHand()
  log.warn({}, 'sealed by a signal')
  done.catch(error => log.error({ error }, 'a background task failed while sealing'))
}

/** Logs warnings about the certificates. */
async function warnOf(config: Config, read: ListenerTls, log: EngineLog) {
  for (const warning of await tlsWarnings(config, read)) log.warn({}, warning)
}

interface Reloaded extends Pick<ProcessOptions, 'log' | 'reread'> {
  readonly config: Config
}

async function reloaded(server: Server, { config, log, reread }: Reloaded): Promise<void> {
  const failed = (what: string) => (error: unknown) =>
    log.error(
      error instanceof Invalid ? { reason: error.message } : { error },
      `${what} could not be reloaded; the old state stays in use`,
    )
  // an error in one of them must not prevent reloading the other
  await Promise.resolve().then(reread).catch(failed('the configuration'))
  try {
    const fresh = await readTls(config)
    server.reload(fresh)
    await server.reopen()
    log.info({}, 'log level and certificates reloaded, audit files reopened')
    await warnOf(config, fresh, log)
  } catch (error) {
    failed('certificates or audit files')(error)
  }
}

const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'this user may not: a port below 1024 takes CAP_NET_BIND_SERVICE',
  ENOTFOUND: 'the name has no address',
}

/** Explains an error to the operator if the cause is the storage or the port. */
function explained(error: unknown, address: string): unknown {
  if (error instanceof Tampered)
    return new Invalid(
      `the storage is damaged or was tampered with: ${error.message}. Restore a backup`,
      { cause: error },
    )
  const { syscall, code } = error as NodeJS.ErrnoException
  // workers get the bound port from the supervisor
  if (syscall !== 'listen' && syscall !== 'bind' && syscall !== 'getaddrinfo') return error
  const why = LISTEN_PROBLEMS[code ?? ''] ?? systemReason(error)
  return new Invalid(`cannot listen on ${address}: ${why}`, { cause: error })
}
