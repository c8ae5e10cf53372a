import { ttlWarnings } from '../../api/ttl-warnings.ts'

/** The warning to a client that asked for more time than it may have; nothing if it got what it asked for. */
export function cutShort(lifetime: Parameters<typeof ttlWarnings>[0]): {
  readonly warnings?: readonly string[]
} {
  const warnings = ttlWarnings(lifetime)
  return warnings.length > 0 ? { warnings } : {}
}
