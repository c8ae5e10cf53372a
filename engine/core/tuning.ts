import type { LockoutSettings } from '../api/lockout-settings.ts'

/** What an operator may say of a mount besides what every mount says. */
export interface Tuning {
  /** Names of headers. No engine here reads any, or sends any of its own: they are kept for clients that compare. */
  readonly passthroughRequestHeaders?: readonly string[]
  readonly allowedResponseHeaders?: readonly string[]
  /** Of the tokens that an auth method gives; all are service tokens. */
  readonly tokenType?: 'default-service' | 'service'
  /** Always so: whatever a node remembers is compared with the storage in every commit. */
  readonly forceNoCache?: boolean
  readonly lockout?: LockoutSettings
}
