import { Invalid } from '../../shared/invalid.ts'
import { CONFLICT, NOT_ALL_WRITTEN } from './postgres-statements.ts'
import { NameTooLong, StoreUnavailable } from './store.ts'

const TRANSACTION_ROLLBACK = '40'
/** The server does not say whether the statement was completed. */
export const COMPLETION_UNKNOWN = '40003'

/** A key that does not fit into the index, which takes some 2600 bytes. */
const TOO_LARGE = '54000'

/** A version that this store has never given. */
const INVALID_TEXT = '22P02'

/** The class of codes of a server that lacks connections, memory or disk. */
export const INSUFFICIENT_RESOURCES = '53'

/** The SQLSTATE code of a server that takes no writes, such as a standby or a demoted primary. */
export const READ_ONLY = '25006'

export const LOCK_NOT_AVAILABLE = '55P03'

/** Whether the server has rolled back the statement because of a concurrent one. @param code the SQLSTATE code */
export function isUndone(code: string | undefined): boolean {
  return (
    code === CONFLICT ||
    code === LOCK_NOT_AVAILABLE ||
    (code !== COMPLETION_UNKNOWN && code?.startsWith(TRANSACTION_ROLLBACK) === true)
  )
}

/** Whether a statement that failed with this code of the server had no effect, for reasons that may be those of one row. */
export const isWithoutEffect = (code: string | undefined): boolean =>
  isUndone(code) || [TOO_LARGE, INVALID_TEXT, NOT_ALL_WRITTEN, READ_ONLY].includes(code ?? '')

/**
 * The error of the store for a failed statement.
 * @param code the SQLSTATE code; undefined if the error is not from the server
 */
export function storeErrorOf(error: unknown, code: string | undefined): unknown {
  if (error instanceof Invalid) return error
  if (code === TOO_LARGE) return new NameTooLong({ cause: error })
  if (code === NOT_ALL_WRITTEN)
    return new StoreUnavailable(
      'the database does not do what it is asked: a trigger, rule or policy keeps its rows from being changed or deleted',
      { cause: error },
    )
  return isUndone(code) ? error : unavailable(error)
}

/** The store cannot be used now, and nothing was sent to it. */
export class NotSent extends StoreUnavailable {}

/** The error that the store cannot be used now, and was not asked anything; the error of the network is its cause. */
export const notSent = (cause: unknown): NotSent => new NotSent(MESSAGE, { cause })

const MESSAGE = 'the database cannot be used now; it may or may not have done what was asked'

/** The error that the store cannot be used now; the error of the server or the network is its cause. */
export const unavailable = (cause: unknown): StoreUnavailable =>
  new StoreUnavailable(MESSAGE, { cause })
