import { Tampered } from './aead.ts'

/**
 * Records that decide about rights, and that are never deleted once they have been written. The keyring says which of them exist, by the
 * place in this list; so nothing may be taken out of it, and what is new goes to its end.
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

/** Somebody has deleted what is never deleted. What it would have said is not known, so nothing that asks for it is done. */
export class Gone extends Tampered {
  override readonly name = 'Gone'

  constructor(key: string) {
    super(
      `${JSON.stringify(key)} has been deleted from the storage, and not by this program: put it back from a backup`,
    )
  }
}

/** The bits that stand for records in the keyring; other keys have none. */
export function keptBits(keys: Iterable<string>): number {
  let bits = 0
  for (const key of keys) {
    const at = KEPT.indexOf(key)
    if (at >= 0) bits |= 2 ** at
  }
  return bits
}

/** The keys of all such records. */
export const keptKeys = (): readonly string[] => KEPT
