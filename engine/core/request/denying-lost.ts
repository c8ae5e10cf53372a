import { ApiError } from '../../api/errors.ts'
import { Gone } from '../../storage/kept.ts'
import { Missing } from '../../storage/kept-table.ts'

/**
 * Finds out what somebody may do. Where a row that decides it has been deleted from the storage, and not by the engine, they may do nothing;
 * the log says why, from the cause of what is thrown.
 * @throws {ApiError} denied
 */
export async function denyingLost<T>(decide: () => Promise<T>): Promise<T> {
  try {
    return await decide()
  } catch (error) {
    if (!isLost(error)) throw error
    throw new ApiError('denied', 'permission denied', { cause: error })
  }
}

/** Whether a row has been deleted by other means. */
export const isLost = (error: unknown): boolean => error instanceof Missing || error instanceof Gone
