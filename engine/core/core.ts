import type { Audit } from '../audit/audit.ts'
import type { Limits } from '../limit/limits.ts'
import type { Metrics } from '../metric/metrics.ts'
import type { Policies } from '../policy/policies.ts'
import type { Sealing } from '../seal/sealing.ts'
import type { Barrier } from '../storage/barrier.ts'
import { type Mounts, newMount } from './mounts.ts'
import type { StoreClock } from './store-clock.ts'

/** What every request needs, put together once at start. */
export interface Core {
  /** Where everything is. Fails while the server is sealed. */
  readonly store: Barrier
  readonly sealing: Sealing
  readonly mounts: Mounts
  readonly audit: Audit
  readonly now: () => Date
  /** Says how far {@link now} is from the time of the store. Absent where nothing else shares that. */
  readonly storeClock?: StoreClock | undefined
  readonly policies: Policies
  readonly limits: Limits
  readonly metrics: Metrics
  readonly log: Log
  readonly about: About
}

/** What the server says of itself. */
export interface About {
  /** As {@link apiVersion} gives it. */
  readonly version: string
  readonly clusterName: string
  /** UUID of the store's data, the same on every node. Empty while it is sealed. */
  readonly clusterId: string
  readonly storageType: string
}

/** Where the engine says what it does: an object of plain facts, then a sentence. */
export interface Log {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** The mounts that are always there. */
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
