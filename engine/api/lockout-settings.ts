/** When a name is locked, after wrong passwords. Spans are seconds. */
export interface LockoutSettings {
  /** Failures after which it is. */
  readonly threshold: number
  /** How long it stays so. */
  readonly duration: number
  /** After how long without another failure those before are forgotten. */
  readonly counterReset: number
  readonly disable: boolean
}

/** As Vault's. Contract §4.9. */
export const LOCKOUT: LockoutSettings = {
  threshold: 5,
  duration: 900,
  counterReset: 900,
  disable: false,
}
