import { Invalid } from '../../shared/invalid.ts'
import { ApiError } from '../api/errors.ts'
import type { SealRecord, SealType } from './seal-record.ts'
import type { SealingParts } from './sealing-parts.ts'

type Keys = Pick<SealingParts, 'disabledSealKeys'>

/**
 * Whether the storage has a seal of the other type that this server can migrate: shares, if it has seal keys; or the seal keys that the
 * configuration disables.
 */
export const mayMigrate = (record: SealRecord, type: SealType, { disabledSealKeys }: Keys) =>
  record.type !== type && (type === 'file' || disabledSealKeys !== undefined)

/** @throws {Invalid} for a storage with another type of seal than the server has, and none to migrate from */
export function requireType(record: SealRecord, type: SealType, keys: Keys): void {
  if (record.type === type || mayMigrate(record, type, keys)) return
  throw new Invalid(
    `the storage has a seal of type "${record.type}", but [seal] says type = "${type}": for another one, leave [seal] as it was, add disabled = true, and run "postern operator unseal -migrate" with the recovery keys`,
  )
}

interface Asked extends Pick<SealingParts, 'disabledSealKeys' | 'isWorker'> {
  /** Whether the shares are for migrating the seal. */
  readonly migrate: boolean
  readonly pending: boolean
}

/** @throws {ApiError} invalid, with Vault's messages, unless a migration is requested exactly if it is pending and possible */
export function requireMigration(
  { threshold }: SealRecord,
  { migrate, pending, disabledSealKeys, isWorker = false }: Asked,
): void {
  // a share may arrive after the migration was completed by others
  if (migrate && !pending && disabledSealKeys === undefined)
    throw refused("can't perform a seal migration, no migration seal found")
  if (!pending) return
  if (!migrate)
    throw refused(
      'migrate option not provided and seal migration is pending: run "postern operator unseal -migrate"',
    )
  if (isWorker)
    throw refused(
      'each share would reach one of the worker processes only: set workers = 1 until the seal is migrated',
    )
  if (threshold < 1)
    throw refused('the storage has no recovery keys, which would become the unseal keys')
}

const refused = (message: string) => new ApiError('invalid', message)
