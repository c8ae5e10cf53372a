/** User lockout after failed logins. Durations are in seconds. */
export interface LockoutSettings {
  /** Failed logins after which a name is locked. */
  readonly threshold: number
  /** How long it stays locked. */
  readonly duration: number
  /** Time without a failed login after which the counter is reset. */
  readonly counterReset: number
  readonly disable: boolean
}

/** Vault's defaults. Contract §4.9. */
export const LOCKOUT: LockoutSettings = {
  threshold: 5,
  duration: 900,
  counterReset: 900,
  disable: false,
}
