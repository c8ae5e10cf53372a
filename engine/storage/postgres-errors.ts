import { Invalid } from '../../shared/invalid.ts'
import { LOST_RACE } from './postgres-statements.ts'
import { StoreUnavailable } from './store.ts'

const TRANSACTION_ROLLBACK = '40'
const COMPLETION_UNKNOWN = '40003'

/** Classes and codes by which a server says that it cannot do anything now, or not for us. */
const AWAY = ['08', '28', '3D', '53', '57', '58', '25006', 'XX', COMPLETION_UNKNOWN]

/** A key that does not fit into the index, which takes some 2600 bytes. */
const TOO_LARGE = '54000'

/** Whether the server has undone the statement because of what others did at the same time. @param code what the server said */
export function isUndone(code: string | undefined): boolean {
  return (
    code === LOST_RACE ||
    (code !== COMPLETION_UNKNOWN && code?.startsWith(TRANSACTION_ROLLBACK) === true)
  )
}

/**
 * The error of a statement as those who use the store see it.
 * @param code what the server said, none where it has said nothing that a server says
 */
export function told(error: unknown, code: string | undefined): unknown {
  if (error instanceof Invalid) return error
  if (code === TOO_LARGE)
    return new StoreUnavailable('a name is too long for the database', { cause: error })
  const isAway = code === undefined || AWAY.some(each => code.startsWith(each))
  return isAway ? unavailable(error) : error
}

/** Why the store cannot be used now. What the server or the network said is the cause. */
export const unavailable = (cause: unknown): StoreUnavailable =>
  new StoreUnavailable(
    'the database cannot be used now; it may or may not have done what was asked',
    { cause },
  )
