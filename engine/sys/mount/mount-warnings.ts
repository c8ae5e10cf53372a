import { formatDuration } from '../../../shared/duration.ts'
import type { MountView } from '../../api/call.ts'
import type { Mount } from '../../core/mount.ts'

/** The warning that the default lease TTL of a mount is capped by its maximum or that of the server; nothing if it is not. */
export function lifetimeWarnings(
  { defaultTtl }: Mount,
  view: Pick<MountView, 'defaultTtl' | 'maxTtl'>,
): { readonly warnings?: readonly string[] } {
  if (defaultTtl <= view.maxTtl) return {}
  const [asked, longest] = [defaultTtl, view.maxTtl].map(formatDuration)
  const warning = `default_lease_ttl of "${asked}" exceeds the maximum of "${longest}", which applies instead: set max_lease_ttl as well`
  return { warnings: [warning] }
}
