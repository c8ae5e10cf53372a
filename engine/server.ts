import { randomUUID } from 'node:crypto'
import type { Secret } from '../shared/secret.ts'
import { version } from '../shared/version.ts'
import { Audit } from './audit/audit.ts'
import { builtinMounts, type Core } from './core/core.ts'
import { Expiry } from './core/expiry.ts'
import { countLeases } from './core/lease-count.ts'
import { loadQuotas } from './core/load-quotas.ts'
import { type Lifetimes, Mounts } from './core/mounts.ts'
import { receive } from './core/receive.ts'
import { type Listener, listen, type TlsIdentity } from './http/listen.ts'
import { Limits } from './limit/limits.ts'
import type { EngineLog } from './log.ts'
import { Metrics } from './metric/metrics.ts'
import { authorize } from './policy/authorize.ts'
import { ssh } from './ssh/engine.ts'
import { measured } from './storage/measured.ts'
import { MemoryStore } from './storage/memory.ts'
import { transact } from './storage/transact.ts'
import { system } from './sys/engine.ts'
import { rootToken } from './sys/root-token.ts'
import { tokens } from './sys/tokens.ts'

export interface ServerSettings {
  /** `host:port` */
  readonly address: string
  /** Plain HTTP when absent. */
  readonly tls: TlsIdentity | undefined
  readonly lifetimes: Lifetimes
  /** May do everything. The store is in memory and new, so somebody must be the first. */
  readonly rootToken: Secret
}

/** A running engine. Disposing of it finishes the requests under way and closes the port, the expiry loop and the store. */
export interface Server extends AsyncDisposable {
  readonly listener: Listener
}

/**
 * Puts the parts together and opens the port: the one place where all of them meet.
 * @throws {Error} if the port cannot be had, or the certificate cannot be used
 */
export async function startServer(settings: ServerSettings, log: EngineLog): Promise<Server> {
  const metrics = new Metrics()
  const store = measured(new MemoryStore(), (operation, seconds) =>
    metrics.stored(operation, seconds),
  )
  const mounts: Mounts = new Mounts(
    store,
    () => [ssh, system(core), tokens(core)],
    settings.lifetimes,
  )
  const core: Core = {
    store,
    mounts,
    audit: new Audit([]),
    now: () => new Date(),
    authorize,
    limits: new Limits(),
    metrics,
    log,
    about: {
      version,
      clusterName: 'postern',
      clusterId: randomUUID(),
      storageType: 'inmem',
    },
  }
  await transact(store, async tx => {
    for (const mount of builtinMounts()) mounts.put(tx, mount)
  })
  await mounts.reload()
  await transact(store, async tx => rootToken(core, tx, settings.rootToken))
  await loadQuotas(core)
  countLeases(core)

  await using parts = new AsyncDisposableStack()
  parts.use(new Expiry(core))
  const { address, tls } = settings
  const listener = parts.use(
    await listen({ address, tls, handle: request => receive(core, request), log }),
  )
  const running = parts.move()
  return { listener, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
