/** What the engine knows of an enrolled host; what a host has never told is absent. Times are in ISO 8601, ages in seconds. */
export interface Host {
  readonly enrolled: boolean
  readonly disabled: boolean
  readonly addresses: readonly string[]
  readonly groups: readonly string[]
  readonly disabled_time?: string
  readonly disabled_by?: string
  readonly key_id?: string
  readonly enrolled_time?: string
  readonly enrolled_from?: string
  readonly last_seen_time?: string
  readonly last_verify_time?: string
  readonly helper_version?: string
  readonly krl_version?: number
  readonly krl_age?: number
  readonly trust_age?: number
  readonly host_cert_age?: number
  /** Summary of the doctor's checks. */
  readonly check?: string
  readonly check_age?: number
  readonly clock_skew?: number
  /** When it was seen last, by the addresses that it came from. */
  readonly seen_from?: Readonly<Record<string, string>>
}
