import { systemReason } from '../../../shared/system-reason.ts'
import { Failure } from '../failure.ts'

/** The failure to read a file of the audit log. A {@link Failure} stays as it is. */
export const unreadable = (file: string, error: unknown): Failure =>
  error instanceof Failure ? error : new Failure(`cannot read ${file}: ${systemReason(error)}`)
