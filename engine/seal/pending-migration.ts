import { Invalid } from '../../shared/invalid.ts'
import { ApiError } from '../api/errors.ts'
import type { SealRecord, SealType } from './seal-record.ts'
import type { SealingParts } from './sealing-parts.ts'

type Keys = Pick<SealingParts, 'disabledSealKeys'>

/**
 * Whether the storage has a seal of the other type, which this server can open: shares of people where it is to unseal itself, or keys that
 * are disabled where people are to do it.
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
  /** The shares are for replacing the seal. */
  readonly migrate: boolean
  readonly pending: boolean
}

/** @throws {ApiError} invalid, in Vault's words, unless what is asked for is what there is to do, and can be done */
export function requireMigration(
  { threshold }: SealRecord,
  { migrate, pending, disabledSealKeys, isWorker = false }: Asked,
): void {
  // who brings a share late, when the seal has been replaced by others, is not wrong
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
