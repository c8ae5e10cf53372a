import type { Secret } from '../shared/secret.ts'
import { version } from '../shared/version.ts'
import { Audit } from './audit/audit.ts'
import type { Core } from './core/core.ts'
import { Expiry } from './core/expiry.ts'
import { countLeases } from './core/lease-count.ts'
import { loadQuotas } from './core/load-quotas.ts'
import { type Lifetimes, Mounts } from './core/mounts.ts'
import { receive } from './core/receive.ts'
import { found, giveRootToken } from './first-start.ts'
import { type Listener, listen, type TlsIdentity } from './http/listen.ts'
import { Limits } from './limit/limits.ts'
import type { EngineLog } from './log.ts'
import { Metrics } from './metric/metrics.ts'
import { openStore } from './open-store.ts'
import { authorize } from './policy/authorize.ts'
import { ssh } from './ssh/engine.ts'
import { measured } from './storage/measured.ts'
import type { StorageSettings } from './storage-settings.ts'
import { system } from './sys/engine.ts'
import { tokens } from './sys/tokens.ts'

export interface ServerSettings {
  /** `host:port` */
  readonly address: string
  /** Plain HTTP when absent. */
  readonly tls: TlsIdentity | undefined
  readonly lifetimes: Lifetimes
  readonly storage: StorageSettings
  /** May do everything. For a store that is new: somebody must be the first. */
  readonly rootToken: Secret
}

/** A running engine. Disposing of it finishes the requests under way and closes the port, the expiry loop and the store. */
export interface Server extends AsyncDisposable {
  readonly listener: Listener
  /** The store was new, and the root token of the settings is now good. */
  readonly isNew: boolean
}

/**
 * Puts the parts together and opens the port: the one place where all of them meet.
 * @throws {Invalid} if the store cannot be used
 * @throws {Error} if the port cannot be had, or the certificate cannot be used
 */
export async function startServer(settings: ServerSettings, log: EngineLog): Promise<Server> {
  await using parts = new AsyncDisposableStack()
  const metrics = new Metrics()
  const store = parts.use(
    measured(await openStore(settings.storage), (operation, seconds) =>
      metrics.stored(operation, seconds),
    ),
  )
  const mounts: Mounts = new Mounts(
    store,
    () => [ssh, system(core), tokens(core)],
    settings.lifetimes,
  )
  const core: Core = {
    store,
    mounts,
    audit: new Audit(store, { cluster: () => core.about.clusterId, log }),
    now: () => new Date(),
    authorize,
    limits: new Limits(),
    metrics,
    log,
    about: {
      version,
      clusterName: 'postern',
      clusterId: await found(store, mounts),
      storageType: settings.storage.type,
    },
  }
  await mounts.reload()
  await loadQuotas(core)
  countLeases(core)

  parts.use(core.audit)
  parts.use(new Expiry(core))
  const { address, tls } = settings
  const listener = parts.use(
    await listen({ address, tls, handle: request => receive(core, request), log }),
  )
  // when nothing can go wrong any more: it is shown once
  const isNew = await giveRootToken(core, settings.rootToken)
  const running = parts.move()
  return { listener, isNew, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
