import { Invalid } from '../../shared/invalid.ts'
import { CONFLICT, KEPT } from './postgres-statements.ts'
import { NameTooLong, StoreUnavailable } from './store.ts'

const TRANSACTION_ROLLBACK = '40'
const COMPLETION_UNKNOWN = '40003'

/** A key that does not fit into the index, which takes some 2600 bytes. */
const TOO_LARGE = '54000'

const LOCK_NOT_AVAILABLE = '55P03'

/** Whether the server has undone the statement because of what others did at the same time. @param code what the server said */
export function isUndone(code: string | undefined): boolean {
  return (
    code === CONFLICT ||
    code === LOCK_NOT_AVAILABLE ||
    (code !== COMPLETION_UNKNOWN && code?.startsWith(TRANSACTION_ROLLBACK) === true)
  )
}

/**
 * The error of a statement as those who use the store see it.
 * @param code what the server said, none where it has said nothing that a server says
 */
export function storeErrorOf(error: unknown, code: string | undefined): unknown {
  if (error instanceof Invalid) return error
  if (code === TOO_LARGE) return new NameTooLong({ cause: error })
  if (code === KEPT)
    return new StoreUnavailable(
      'the database does not do what it is asked: something keeps its rows from being changed or deleted',
      { cause: error },
    )
  return isUndone(code) ? error : unavailable(error)
}

/** Why the store cannot be used now. What the server or the network said is the cause. */
export const unavailable = (cause: unknown): StoreUnavailable =>
  new StoreUnavailable(
    'the database cannot be used now; it may or may not have done what was asked',
    { cause },
  )
