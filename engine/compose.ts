import { atMost } from '../shared/at-most.ts'
import type { Secret } from '../shared/secret.ts'
import { version } from '../shared/version.ts'
import { apiVersion } from './api/api-version.ts'
import type { Engine } from './api/engine.ts'
import { Audit } from './audit/audit.ts'
import type { DeclaredDevice } from './audit/audit-options.ts'
import { endRestored } from './core/background/end-restored.ts'
import { Housekeeping } from './core/background/housekeeping.ts'
import { keepNames } from './core/background/keep-names.ts'
import { countLeases, leaseCounter } from './core/background/lease-count.ts'
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
import { Activity } from './metric/activity.ts'
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

/** Milliseconds that sealing waits for commits under way: a database that does not answer must not keep the audit log open. */
const COMMIT_WAIT = 5000

/** The settings of a node. */
export interface NodeSettings {
  readonly lifetimes: Lifetimes
  /** Audit devices besides those in the store. */
  readonly audit?: readonly DeclaredDevice[]
  /** Where the server remembers the id of its storage; nowhere when absent. */
  readonly cluster?: ClusterMemoryOptions | undefined
  /** Seal keys; the first one encrypts. When undefined, operators unseal with shares. */
  readonly sealKeys: readonly Buffer[] | undefined
  /** Keys of a disabled seal, for migration. */
  readonly disabledSealKeys?: readonly Buffer[] | undefined
  /**
   * Only for a new store in memory: the server initializes and unseals itself, with this root token. Operators initialize durable
   * stores.
   */
  readonly rootToken: Secret | undefined
  /** This process, if the node has several. */
  readonly worker?: WorkerProcess | undefined
}

/** One of the worker processes of a node, which share a port. */
interface WorkerProcess {
  /** From 1. */
  readonly number: number
  /** The node was sealed by an operator, so this process does not unseal itself. */
  readonly staysSealed: boolean
  /** Sends the metrics of this process to the others and returns theirs. */
  counts(own: Counts): Promise<readonly Counts[]>
  sealOthers(): Promise<void>
}

/** The parts of a node that are made outside. */
interface NodeParts extends NodeSettings {
  /** Unencrypted; the node wraps its barrier around it. */
  readonly store: Store
  readonly storageType: string
  readonly now: () => Date
  readonly log: Pick<EngineLog, 'info' | 'warn' | 'error'>
  readonly metrics?: Metrics
  readonly limits?: Limits
  /** The CA certificates to publish, in PEM. */
  readonly tlsAuthority?: () => string | undefined
  /** Engines besides those that every node has. */
  readonly more?: readonly Engine[]
  /** No housekeeping in the background, for tests. */
  readonly withoutHousekeeping?: boolean
}

/** All parts of a node except its listener, sealed at first. Disposing of it seals it and wipes its keys. */
interface Node extends AsyncDisposable {
  readonly core: Core
  readonly sealing: Sealing
  /** Ends requests that wait for an event, because the server stops. */
  endWaits(): void
}

/** Counts the leases in the store. */
interface LeaseCount {
  readonly leases: () => Promise<number>
}

/** The commits of a node. */
interface Commits {
  /** Resolves when those under way have ended. */
  readonly settled: () => Promise<void>
}

/** A {@link Core} whose cluster id is set when the store is opened. */
type Opened = Core & { about: About & { clusterId: string } }

/** Makes a node from its parts: the only place that knows all of them. */
export function compose(nodeParts: NodeParts): Node {
  const { store: inner, worker, now, log } = nodeParts
  const { metrics = new Metrics(), limits = new Limits(), more = [] } = nodeParts
  const parts = new AsyncDisposableStack()
  const store = parts.use(new Barrier(inner))
  const sessions = parts.use(new HostSessions())
  const waits = new OtpWaits()
  const leases = leaseCounter(store)
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
    open: () => open(core, { ...nodeParts, leases, settled: () => store.settled() }),
    sealOthers: async () => worker?.sealOthers(),
  })
  const core: Opened = {
    ...{ store, sealing, mounts, now, limits, metrics, log },
    activity: new Activity(),
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
      ...{ storageType: nodeParts.storageType, worker: worker?.number },
    },
    tlsAuthority: nodeParts.tlsAuthority,
  }
  parts.use(sealing)
  measure(core, { leases })
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
        `the id of the storage could not be saved on this machine: set cluster_id = "${id}" in [storage] of the configuration`,
      ),
  })

/**
 * Called when the node is unsealed: loads mounts, quotas and audit devices, and starts housekeeping. Disposing of the result, when
 * the node is sealed, stops and clears all of that.
 */
async function open(
  core: Opened,
  { withoutHousekeeping, leases, settled }: NodeParts & LeaseCount & Commits,
): Promise<AsyncDisposable> {
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
  // what these commits have ended must get its lines
  parts.defer(() => atMost(COMMIT_WAIT, settled()))
  await core.audit.open()
  if (!withoutHousekeeping) {
    parts.use(new Housekeeping(core))
    parts.use(core.activity.start({ now: core.now, leases }))
  }
  return parts.move()
}

/** Registers the gauges of a node. */
function measure(core: Core, { leases }: LeaseCount): void {
  const { metrics, sealing, storeClock } = core
  metrics.gauge(
    'postern_clock_wrong_seconds',
    'Difference between the clocks of this node and the database, in seconds; a lower bound.',
    () => Math.abs(storeClock?.wrongBy ?? 0) / 1000,
  )
  countLeases(core, leases)
  metrics.gauge('postern_sealed', 'Whether this node is sealed: 1 or 0.', () =>
    sealing.sealed ? 1 : 0,
  )

  metrics.storeGauge(
    'postern_unconfirmed_shares',
    'Whether the shares before the last rekey are still valid, because the new ones are not verified: 1 or 0.',
    async () => ((await sealing.status()).isUnconfirmed ? 1 : 0),
  )
  metrics.auditDevices(() => core.audit.states)
}
