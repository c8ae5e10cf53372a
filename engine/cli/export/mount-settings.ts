import type { Mount } from '../snapshot/snapshot.ts'
import type { Value } from './hcl-text.ts'
import { saying } from './resources.ts'

/** The settings of a mount that are not the defaults, by the names that the API has. */
export function mountSettings({ description, config }: Mount): Readonly<Record<string, Value>> {
  const { listing_visibility, default_lease_ttl, max_lease_ttl } = config
  return saying({
    description,
    default_lease_ttl: default_lease_ttl ?? 0,
    max_lease_ttl: max_lease_ttl ?? 0,
    listing_visibility: listing_visibility ?? '',
  })
}
