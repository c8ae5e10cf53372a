import { ApiError } from '../../api/errors.ts'
import { Gone } from '../../storage/kept.ts'
import { Missing } from '../../storage/kept-table.ts'

/**
 * Runs a decision about access. If a row that it depends on was deleted from the storage other than by the engine, access is denied. The
 * cause of the error is logged.
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

/** Whether an error means that a row was deleted other than by the engine. */
export const isLost = (error: unknown): boolean => error instanceof Missing || error instanceof Gone
