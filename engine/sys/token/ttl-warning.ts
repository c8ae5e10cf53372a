import { ttlWarnings } from '../../api/ttl-warnings.ts'

/** The warning in a reply whose TTL was capped; nothing if it was not. */
export function ttlWarning(lifetime: Parameters<typeof ttlWarnings>[0]): {
  readonly warnings?: readonly string[]
} {
  const warnings = ttlWarnings(lifetime)
  return warnings.length > 0 ? { warnings } : {}
}
