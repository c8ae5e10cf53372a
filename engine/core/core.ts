import type { Audit } from '../audit/audit.ts'
import type { Limits } from '../limit/limits.ts'
import type { Activity } from '../metric/activity.ts'
import type { Metrics } from '../metric/metrics.ts'
import type { Policies } from '../policy/policies.ts'
import type { Sealing } from '../seal/sealing.ts'
import type { Barrier } from '../storage/barrier.ts'
import { type Mounts, newMount } from './mounts.ts'
import type { StoreClock } from './store-clock.ts'

/** What every request needs; built once at start. */
export interface Core {
  /** The encrypted store. Fails while the server is sealed. */
  readonly store: Barrier
  readonly sealing: Sealing
  readonly mounts: Mounts
  readonly audit: Audit
  readonly now: () => Date
  /** The difference between {@link now} and the clock of the store. Absent if no other node shares the store. */
  readonly storeClock?: StoreClock | undefined
  readonly policies: Policies
  readonly limits: Limits
  readonly metrics: Metrics
  readonly activity: Activity
  readonly log: Log
  readonly about: About
  /** The CA certificates that clients verify this server with, in PEM. Absent, or undefined, if none are published. */
  readonly tlsAuthority?: (() => string | undefined) | undefined
}

/** What the server reports about itself. */
export interface About {
  /** As {@link apiVersion} returns it. */
  readonly version: string
  readonly clusterName: string
  /** UUID of the storage, the same on every node. Empty while sealed. */
  readonly clusterId: string
  readonly storageType: string
  /** The number of this process, if the node has several. */
  readonly worker?: number | undefined
}

/** The server log: facts as an object, then a message. */
export interface Log {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** The built-in mounts. */
export const builtinMounts = () => [
  newMount('sys/', 'system', {
    description: 'system endpoints used for control, policy and debugging',
  }),
  newMount('cubbyhole/', 'cubbyhole', {
    description: 'per-token private secret storage',
    local: true,
  }),
  newMount('identity/', 'identity', { description: 'identity store' }),
  newMount('auth/token/', 'token', { description: 'token based credentials' }),
]
