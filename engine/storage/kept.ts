import { Tampered } from './aead.ts'

/**
 * Permanent records, which decide about rights and are never deleted once written. The keyring has a bit for each that exists, by its
 * position in this list; so entries must never be removed, and new ones are added at the end.
 */
const KEPT: readonly string[] = [
  'core/mount-names',
  'core/quota-names',
  'core/seal/recovery',
  'policy/names',
  'audit/devices',
  'identity/disabled',
  'identity/alias-case-names',
  'identity/external-groups',
  'identity/names',
]

/** A permanent record is missing: another program has deleted it. Its content is not known, so everything that needs it is refused. */
export class Gone extends Tampered {
  override readonly name = 'Gone'

  constructor(key: string) {
    super(
      `${JSON.stringify(key)} was deleted from the storage by another program: restore it from a backup`,
    )
  }
}

/** The bits of permanent records in the keyring; other keys have none. */
export function keptBits(keys: Iterable<string>): number {
  let bits = 0
  for (const key of keys) {
    const at = KEPT.indexOf(key)
    if (at >= 0) bits |= 2 ** at
  }
  return bits
}

/** The keys of all permanent records. */
export const keptKeys = (): readonly string[] => KEPT
