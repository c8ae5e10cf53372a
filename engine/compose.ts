import type { Secret } from '../shared/secret.ts'
import { version } from '../shared/version.ts'
import { apiVersion } from './api/api-version.ts'
import type { Engine } from './api/engine.ts'
import { Audit } from './audit/audit.ts'
import type { DeclaredDevice } from './audit/audit-options.ts'
import { endRestored } from './core/background/end-restored.ts'
import { Housekeeping } from './core/background/housekeeping.ts'
import { keepNames } from './core/background/keep-names.ts'
import { countLeases } from './core/background/lease-count.ts'
import { loadQuotas } from './core/background/load-quotas.ts'
import { reportLost } from './core/background/report-lost.ts'
import { reportUnbalanced } from './core/background/report-unbalanced.ts'
import { upgrade } from './core/background/upgrade.ts'
import type { About, Core } from './core/core.ts'
import type { Lifetimes } from './core/mount.ts'
import { Mounts } from './core/mounts.ts'
import { StoreClock } from './core/store-clock.ts'
import { engines } from './engines.ts'
import { Limits } from './limit/limits.ts'
import type { EngineLog } from './log.ts'
import { type Counts, Metrics } from './metric/metrics.ts'
import { Policies } from './policy/policies.ts'
import { ClusterMemory, type ClusterMemoryOptions } from './seal/cluster-memory.ts'
import { Sealing } from './seal/sealing.ts'
import { StorageIdentity } from './seal/storage-identity.ts'
import { HostSessions } from './ssh/dynamic/host-sessions.ts'
import { OtpWaits } from './ssh/otp/otp-waits.ts'
import { Barrier } from './storage/barrier.ts'
import type { Store } from './storage/store.ts'
import { transact } from './storage/transact.ts'
import { bootstrap, clusterId, mountMissing } from './sys/seal/bootstrap.ts'
import { newToken } from './token/tokens.ts'

/** What the configuration says of a node. */
export interface NodeSettings {
  readonly lifetimes: Lifetimes
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
  readonly worker?: WorkerProcess | undefined
}

/** One of several processes that share a port and are one node. */
interface WorkerProcess {
  /** From 1. */
  readonly number: number
  /** The others have been sealed by hand. */
  readonly staysSealed: boolean
  /** What the others have counted, who are told what this one has. */
  counts(own: Counts): Promise<readonly Counts[]>
  sealOthers(): Promise<void>
}

/** What a node is put together from. */
interface NodeParts extends NodeSettings {
  /** Without encryption; the node puts its barrier around it. */
  readonly store: Store
  readonly storageType: string
  readonly now: () => Date
  readonly log: Pick<EngineLog, 'info' | 'warn' | 'error'>
  readonly metrics?: Metrics
  readonly limits?: Limits
  /** Engines besides those that every node has. */
  readonly more?: readonly Engine[]
  /** Without housekeeping beside the requests. */
  readonly withoutHousekeeping?: boolean
}

/** All parts of a node but its listener, sealed at first. Disposing of it seals it and wipes its keys. */
interface Node extends AsyncDisposable {
  readonly core: Core
  readonly sealing: Sealing
  /** Ends the requests that wait for something to happen: the server is being stopped. */
  endWaits(): void
}

/** A {@link Core} that learns which store it has when that is opened. */
type Opened = Core & { about: About & { clusterId: string } }

/** Puts the parts of a node together: the one place where all of them meet. */
export function compose(nodeParts: NodeParts): Node {
  const { store: inner, worker, now, log } = nodeParts
  const { metrics = new Metrics(), limits = new Limits(), more = [] } = nodeParts
  const parts = new AsyncDisposableStack()
  const store = parts.use(new Barrier(inner))
  const sessions = parts.use(new HostSessions())
  const waits = new OtpWaits()
  const mounts: Mounts = new Mounts(
    store,
    () => [...engines(core, sessions, waits), ...more],
    nodeParts.lifetimes,
  )
  const sealing = new Sealing({
    ...nodeParts,
    barrier: store,
    isWorker: worker !== undefined,
    identity: identityOf(nodeParts),
    bootstrap: tx =>
      bootstrap(tx, { mounts, now: now(), token: nodeParts.rootToken ?? newToken() }),
    open: () => open(core, nodeParts),
    sealOthers: async () => worker?.sealOthers(),
  })
  const core: Opened = {
    ...{ store, sealing, mounts, now, limits, metrics, log },
    audit: new Audit(store, {
      declared: nodeParts.audit ?? [],
      cluster: () => core.about.clusterId,
      worker: worker?.number,
      log,
      failed: device => metrics.unwritten(device),
    }),
    storeClock: new StoreClock({ ask: inner.time?.bind(inner), now, log }),
    policies: new Policies(),
    about: {
      ...{ version: apiVersion(version), clusterName: 'postern', clusterId: '' },
      storageType: nodeParts.storageType,
    },
  }
  parts.use(sealing)
  measure(core)
  return {
    ...{ core, sealing },
    endWaits: () => waits.close(),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

const identityOf = ({ store, cluster, log }: NodeParts) =>
  new StorageIdentity({
    store,
    memory: cluster && new ClusterMemory(cluster),
    cannotKeep: id =>
      log.warn(
        { cluster_id: id },
        `nothing on this machine remembers which storage this engine has: put cluster_id = "${id}" into [storage] of its configuration`,
      ),
  })

/**
 * Opens what needs the store to be readable: loads what is kept in memory, and starts what runs beside requests. Is called when the
 * server is unsealed; disposing of what it gives, when it is sealed, stops and forgets all of that.
 */
async function open(core: Opened, { withoutHousekeeping }: NodeParts): Promise<AsyncDisposable> {
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
  await endRestored(core)
  parts.defer(() => core.audit.close())
  await core.audit.open()
  if (!withoutHousekeeping) parts.use(new Housekeeping(core))
  return parts.move()
}

/** Has the metrics show how the node is. */
function measure(core: Core): void {
  const { metrics, sealing, storeClock } = core
  metrics.gauge(
    'postern_clock_wrong_seconds',
    'How far the clock of this node is from that of the database, less than can be told for sure.',
    () => Math.abs(storeClock?.wrongBy ?? 0) / 1000,
  )
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
}
