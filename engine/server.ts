import { Secret } from '../shared/secret.ts'
import { compose, type NodeSettings } from './compose.ts'
import type { ListenerSettings } from './config/listener-settings.ts'
import type { StorageSettings } from './config/storage-settings.ts'
import { throttle } from './core/request/throttle.ts'
import { type Listener, listen, type TlsIdentity } from './http/listen.ts'
import type { EngineLog } from './log.ts'
import { type Counts, Metrics } from './metric/metrics.ts'
import { openStore } from './open-store.ts'
import { AutoUnseal } from './seal/auto-unseal.ts'
import type { Sealing } from './seal/sealing.ts'
import { instrumented } from './storage/instrumented-store.ts'
import { StoreUnavailable } from './storage/store.ts'

/** Milliseconds that requests under way have when the server is stopped, until its keys are wiped. */
const GRACE = 1000

export interface ServerSettings extends NodeSettings {
  /** `host:port` */
  readonly address: string
  /** Plain HTTP when absent. */
  readonly tls: TlsIdentity | undefined
  readonly listener?: ListenerSettings | undefined
  readonly storage: StorageSettings
}

/** A running engine. Disposing of it finishes the requests under way and closes the port, the expiry loop and the store. */
export interface Server extends AsyncDisposable {
  readonly listener: Listener
  readonly sealing: Sealing
  /** What a server that has initialized itself has given out; no unseal key where it unseals itself too. */
  readonly given: { readonly rootToken: Secret; readonly unsealKey: Secret | undefined } | undefined
  /** Begins new audit files where those in use have been moved away. */
  reopen(): Promise<void>
  /** What this process has counted. */
  counts(): Promise<Counts>
  /** Counts an error that was caught nowhere. */
  uncaught(): void
}

/**
 * Starts a node: opens its store, unseals it if it can, and opens its port.
 * @throws {Invalid} if the store has another seal than the settings say, or the seal keys do not open it
 * @throws {Error} if the port cannot be had, or the certificate cannot be used
 */
export async function startServer(settings: ServerSettings, log: EngineLog): Promise<Server> {
  const { address, tls, storage, sealKeys, rootToken, worker } = settings
  await using parts = new AsyncDisposableStack()
  const metrics = new Metrics(worker && (own => worker.counts(own)))
  const inner = instrumented(await openStore(storage, raisedIn(log)), (operation, seconds) =>
    metrics.stored(operation, seconds),
  )
  const { core, sealing, endWaits } = parts.use(
    compose({
      ...settings,
      store: inner,
      storageType: storage.type,
      metrics,
      now: () => new Date(),
      log,
    }),
  )
  const given = rootToken && { rootToken, unsealKey: await initializeAlone(sealing) }
  if (!worker?.staysSealed) {
    await sealing.unsealAlone().catch(error => {
      // a database that comes up after the engine does not keep it from starting
      if (!(error instanceof StoreUnavailable)) throw error
      log.warn({ error }, 'the storage cannot be read yet')
    })
    if (sealKeys) parts.use(new AutoUnseal(sealing, log))
  }
  const listener = parts.use(
    await listen({
      address,
      tls,
      handle: request => throttle(core, request),
      log,
      ...settings.listener,
    }),
  )
  parts.defer(endWaits)
  if (tls)
    metrics.gauge(
      'postern_certificate_expiry_seconds',
      'When the certificate of the listener expires, in seconds since 1970.',
      () => (listener.certificateExpiry?.getTime() ?? 0) / 1000,
    )
  const running = parts.move()
  return {
    listener,
    sealing,
    given,
    async reopen() {
      if (!sealing.sealed) await core.audit.open()
    },
    counts: () => metrics.counts(),
    uncaught: () => metrics.uncaught(),
    async [Symbol.asyncDispose]() {
      // requests that wait for a storage that is away must not keep the keys in memory
      const wipe = setTimeout(() => core.store.seal(), GRACE)
      await running.disposeAsync().finally(() => clearTimeout(wipe))
    },
  }
}

/** Initializes and unseals a store that is as new as the server. Gives the unseal key, where there is one. */
async function initializeAlone(sealing: Sealing): Promise<Secret | undefined> {
  if (sealing.type !== 'shamir') {
    await sealing.initialize({ shares: 0, threshold: 0 })
    return undefined
  }
  const { shares } = await sealing.initialize({ shares: 1, threshold: 1 })
  for (const share of shares) await sealing.offer(Buffer.from(share))
  return shares[0] && new Secret(shares[0].toString('base64'))
}

const raisedIn = (log: EngineLog) => (found: string) =>
  log.warn(
    { synchronous_commit: found },
    'the database would answer before a commit is durable; "on" is set for the sessions of the engine',
  )
