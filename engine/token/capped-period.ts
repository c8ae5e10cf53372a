import { formatDuration } from '../../shared/duration.ts'

interface Capped {
  /** Seconds. */
  readonly ttl: number
  readonly warnings: readonly string[]
}

/** The TTL of a periodic token, in seconds: its period, capped as in Vault. */
export function cappedPeriod(period: number, longest: number): Capped {
  if (period <= longest) return { ttl: period, warnings: [] }
  const [asked, given] = [period, longest].map(formatDuration)
  const warning = `period of "${asked}" exceeded the effective max_ttl of "${given}"; period value is capped accordingly`
  return { ttl: longest, warnings: [warning] }
}
