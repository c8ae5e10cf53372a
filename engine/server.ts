import { X509Certificate } from 'node:crypto'
import { Secret } from '../shared/secret.ts'
import { compose, type NodeSettings } from './compose.ts'
import type { ListenerSettings } from './config/listener-settings.ts'
import type { StorageSettings } from './config/storage-settings.ts'
import { throttle } from './core/request/throttle.ts'
import { type Listener, listen, type TlsIdentity } from './http/listen.ts'
import { type PageFiles, pagesOf } from './http/pages.ts'
import type { EngineLog } from './log.ts'
import { type Counts, Metrics } from './metric/metrics.ts'
import { openStore } from './open-store.ts'
import { AutoUnseal } from './seal/auto-unseal.ts'
import type { Sealing } from './seal/sealing.ts'
import type { FoundOutcome } from './storage/commit-outcomes.ts'
import { instrumented } from './storage/instrumented-store.ts'
import { StoreUnavailable } from './storage/store.ts'

/** Milliseconds for requests under way when the server stops, until its keys are wiped. */
const GRACE = 1000

export interface ServerSettings extends NodeSettings {
  /** `host:port` */
  readonly address: string
  /** Plain HTTP when absent. */
  readonly tls: TlsIdentity | undefined
  /** The CA certificates to publish, in PEM. */
  readonly authority?: string | undefined
  readonly listener?: ListenerSettings | undefined
  /** The page to serve; none if undefined. */
  readonly page?: PageFiles | undefined
  readonly storage: StorageSettings
}

/** A running engine. Disposing of it finishes the requests under way and closes the port, the expiry loop and the store. */
export interface Server extends AsyncDisposable {
  readonly listener: Listener
  readonly sealing: Sealing
  /** The secrets of a server that has initialized itself; no unseal key with a seal key. */
  readonly given: { readonly rootToken: Secret; readonly unsealKey: Secret | undefined } | undefined
  /** Uses another certificate for new connections, and publishes other CA certificates. @throws {Error} if the certificate cannot be used; then nothing changes */
  reload(fresh: Pick<ServerSettings, 'tls' | 'authority'>): void
  /** Creates new audit files where those in use have been moved away. */
  reopen(): Promise<void>
  /** The metrics of this process. */
  counts(): Promise<Counts>
  /** Counts an uncaught error. */
  uncaught(): void
}

/**
 * Starts a node: opens its store, unseals it if it can, and opens its port.
 * @throws {Invalid} if the store has another seal than configured, or the seal keys are wrong
 * @throws {Error} if it cannot listen on the port, or the certificate cannot be used
 */
export async function startServer(settings: ServerSettings, log: EngineLog): Promise<Server> {
  const { address, tls, storage, sealKeys, rootToken, worker, page } = settings
  await using parts = new AsyncDisposableStack()
  const metrics = new Metrics(worker && (own => worker.counts(own)))
  const reports = { raised: raisedIn(log), lookedUp: lookedUpIn(log, metrics) }
  const inner = instrumented(await openStore(storage, reports), (operation, seconds) =>
    metrics.stored(operation, seconds),
  )
  let { authority } = settings
  const { core, sealing, endWaits } = parts.use(
    compose({
      ...settings,
      store: inner,
      storageType: storage.type,
      metrics,
      tlsAuthority: () => authority,
      now: () => new Date(),
      log,
    }),
  )
  const given = rootToken && { rootToken, unsealKey: await initializeAlone(sealing) }
  if (!worker?.staysSealed) {
    await sealing.unsealAlone().catch(error => {
      // the database may start after the engine
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
      pages: page && pagesOf(page),
      log,
      onOverload: () => metrics.overloaded(),
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
  if (authority !== undefined)
    metrics.gauge(
      'postern_ca_certificate_expiry_seconds',
      'When the first of the published CA certificates expires, in seconds since 1970.',
      () => (authority === undefined ? 0 : earliestExpiry(authority)),
    )
  const running = parts.move()
  return {
    listener,
    sealing,
    given,
    reload(fresh) {
      if (fresh.tls) listener.reload(fresh.tls)
      authority = fresh.authority
    },
    async reopen() {
      if (!sealing.sealed) await core.audit.open()
    },
    counts: () => metrics.counts(),
    uncaught: () => metrics.uncaught(),
    async [Symbol.asyncDispose]() {
      // requests that wait for an unavailable storage must not delay the wiping of the keys
      const wipe = setTimeout(() => core.store.seal(), GRACE)
      await running.disposeAsync().finally(() => clearTimeout(wipe))
    },
  }
}

/** Seconds since 1970. */
const earliestExpiry = (pem: string) =>
  Math.min(
    ...(pem.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? []).map(
      block => new X509Certificate(block).validToDate.getTime() / 1000,
    ),
  )

/** Initializes and unseals a new store. Returns the unseal key, if the seal has one. */
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
    'commits in this database are not durable by default; the engine sets synchronous_commit to "on" for its sessions',
  )

/** Reports what became of commits whose answer did not come: to the clients that waited no longer, it is unknown. */
const lookedUpIn = (log: EngineLog, metrics: Metrics) => (found: FoundOutcome) => {
  metrics.lookedUp(found.outcome)
  const level = found.outcome === 'unknown' ? 'warn' : 'info'
  log[level]({ ...found }, 'looked up what became of a commit whose answer did not come')
}
