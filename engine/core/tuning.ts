import type { LockoutSettings } from '../api/lockout-settings.ts'

/** Optional settings of a mount. */
export interface Tuning {
  /** Names of headers. No engine reads or sends such headers; they are stored for clients that compare settings. */
  readonly passthroughRequestHeaders?: readonly string[]
  readonly allowedResponseHeaders?: readonly string[]
  /** The type of tokens that an auth method issues; all are service tokens. */
  readonly tokenType?: 'default-service' | 'service'
  /** Has no effect: every commit verifies what a node has cached. */
  readonly forceNoCache?: boolean
  readonly lockout?: LockoutSettings
}
