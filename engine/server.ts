import { Secret } from '../shared/secret.ts'
import { version } from '../shared/version.ts'
import { apiVersion } from './api/api-version.ts'
import { Audit } from './audit/audit.ts'
import type { DeclaredDevice } from './audit/audit-options.ts'
import type { ListenerSettings } from './config/listener-settings.ts'
import type { StorageSettings } from './config/storage-settings.ts'
import { Expiry } from './core/background/housekeeping.ts'
import { keepNames } from './core/background/keep-names.ts'
import { countLeases } from './core/background/lease-count.ts'
import { loadQuotas } from './core/background/load-quotas.ts'
import { beginEpoch } from './core/background/new-epoch.ts'
import { reportLost } from './core/background/report-lost.ts'
import { reportUnbalanced } from './core/background/report-unbalanced.ts'
import { upgrade } from './core/background/upgrade.ts'
import type { Core } from './core/core.ts'
import type { Lifetimes } from './core/mount.ts'
import { Mounts } from './core/mounts.ts'
import { receive } from './core/request/throttle.ts'
import { StoreClock } from './core/store-clock.ts'
import { engines } from './engines.ts'
import { type Listener, listen, type TlsIdentity } from './http/listen.ts'
import { Limits } from './limit/limits.ts'
import type { EngineLog } from './log.ts'
import { type Counts, Metrics } from './metric/metrics.ts'
import { openStore } from './open-store.ts'
import { Policies } from './policy/policies.ts'
import { AutoUnseal } from './seal/auto-unseal.ts'
import { ClusterMemory, type ClusterMemoryOptions } from './seal/cluster-memory.ts'
import { Sealing } from './seal/sealing.ts'
import { StorageIdentity } from './seal/storage-identity.ts'
import { HostSessions } from './ssh/dynamic/host-sessions.ts'
import { Barrier } from './storage/barrier.ts'
import { measured } from './storage/instrumented-store.ts'
import { StoreUnavailable } from './storage/store.ts'
import { transact } from './storage/transact.ts'
import { clusterId, found, mountMissing } from './sys/seal/bootstrap.ts'
import { newToken } from './token/tokens.ts'

/** Milliseconds that requests under way have when the server is stopped, until its keys are wiped. */
const GRACE = 1000

export interface ServerSettings {
  /** `host:port` */
  readonly address: string
  /** Plain HTTP when absent. */
  readonly tls: TlsIdentity | undefined
  readonly listener?: ListenerSettings | undefined
  readonly lifetimes: Lifetimes
  readonly storage: StorageSettings
  /** Where requests are written down, besides the devices in the store. */
  readonly audit?: readonly DeclaredDevice[]
  /** Where the server remembers which storage it has; nowhere when absent. */
  readonly cluster?: ClusterMemoryOptions | undefined
  /** Keys with which the server unseals itself, the first for writing. Without any, people unseal it. */
  readonly sealKeys: readonly Buffer[] | undefined
  /** Those of a seal that is not to be used any more, and may be migrated from. */
  readonly disabledSealKeys?: readonly Buffer[] | undefined
  /**
   * For a store that is new and forgets: the server initializes and unseals itself, and this token may do everything. A store that
   * lasts is initialized by a person.
   */
  readonly rootToken: Secret | undefined
  /** This process among those that are one node, where it is not the only one. */
  readonly worker?: Fellow | undefined
}

/** One of several processes that share a port and are one node. */
interface Fellow {
  /** From 1. */
  readonly number: number
  /** The others have been sealed by hand. */
  readonly staysSealed: boolean
  /** What the others have counted, who are told what this one has. */
  counts(own: Counts): Promise<readonly Counts[]>
  sealOthers(): Promise<void>
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
 * Puts the parts together and opens the port: the one place where all of them meet.
 * @throws {Invalid} if the store has another seal than the settings say, or the seal keys do not open it
 * @throws {Error} if the port cannot be had, or the certificate cannot be used
 */
export async function startServer(settings: ServerSettings, log: EngineLog): Promise<Server> {
  const { address, tls, storage, sealKeys, rootToken, worker } = settings
  await using parts = new AsyncDisposableStack()
  const metrics = new Metrics(worker && (own => worker.counts(own)))
  const inner = measured(await openStore(storage, raisedIn(log)), (operation, seconds) =>
    metrics.stored(operation, seconds),
  )
  const store = parts.use(new Barrier(inner))
  const now = () => new Date()
  const storeClock = new StoreClock({ ask: inner.time?.bind(inner), now, log })
  metrics.gauge(
    'postern_clock_wrong_seconds',
    'How far the clock of this node is from that of the database, less than can be told for sure.',
    () => Math.abs(storeClock.wrongBy) / 1000,
  )
  const sessions = parts.use(new HostSessions())
  const mounts: Mounts = new Mounts(store, () => engines(core, sessions), settings.lifetimes)
  const sealing = new Sealing({
    store: inner,
    barrier: store,
    sealKeys,
    disabledSealKeys: settings.disabledSealKeys,
    isWorker: worker !== undefined,
    identity: new StorageIdentity({
      store: inner,
      memory: settings.cluster && new ClusterMemory(settings.cluster),
      cannotKeep: id =>
        log.warn(
          { cluster_id: id },
          `nothing on this machine remembers which storage this engine has: put cluster_id = "${id}" into [storage] of its configuration`,
        ),
    }),
    found: tx => found(tx, { mounts, now: core.now(), token: rootToken ?? newToken() }),
    open: () => open(core),
    sealOthers: async () => worker?.sealOthers(),
  })
  const core: Core & { about: { clusterId: string } } = {
    store,
    sealing,
    mounts,
    audit: new Audit(store, {
      declared: settings.audit ?? [],
      cluster: () => core.about.clusterId,
      worker: worker?.number,
      log,
      failed: device => metrics.unwritten(device),
    }),
    now,
    storeClock,
    policies: new Policies(),
    limits: new Limits(),
    metrics,
    log,
    about: {
      ...{ version: apiVersion(version), clusterName: 'postern', clusterId: '' },
      storageType: storage.type,
    },
  }
  countLeases(core)
  metrics.gauge('postern_sealed', 'Whether this node is sealed: 1 or 0.', () =>
    sealing.sealed ? 1 : 0,
  )

  metrics.storeGauge(
    'postern_unconfirmed_shares',
    'Whether the shares before the last rekey count, too, because the new ones have not been given: 1 or 0.',
    async () => ((await sealing.status()).isUnconfirmed ? 1 : 0),
  )
  metrics.auditDevices(() => core.audit.states)

  parts.use(sealing)
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
      handle: request => receive(core, request),
      log,
      ...settings.listener,
    }),
  )
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
      const wipe = setTimeout(() => store.seal(), GRACE)
      await running.disposeAsync().finally(() => clearTimeout(wipe))
    },
  }
}

/**
 * Opens what needs the store to be readable: loads what is kept in memory, and starts what runs beside requests. Is called when the
 * server is unsealed; disposing of what it gives, when it is sealed, stops and forgets all of that.
 */
async function open(core: Core & { about: { clusterId: string } }): Promise<AsyncDisposable> {
  const { store, mounts, about } = core
  await core.storeClock?.look()
  await using parts = new AsyncDisposableStack()
  about.clusterId = await transact(store, clusterId)
  parts.defer(() => mounts.forget())
  await keepNames(core)
  await transact(store, tx => mountMissing(tx, mounts))
  await mounts.reload()
  reportLost(core)
  await reportUnbalanced(core)
  await upgrade(core)
  await loadQuotas(core)
  await beginEpoch(core)
  parts.defer(() => core.audit.close())
  await core.audit.open()
  parts.use(new Expiry(core))
  return parts.move()
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
