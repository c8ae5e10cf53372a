import type { Result } from '../../../shared/result.ts'
import { ApiError } from '../../api/errors.ts'
import type { Request } from '../../api/request.ts'
import type { Core } from '../core.ts'
import type { Admitted } from './admit.ts'

/**
 * Waits until a line of the audit log is written. If that fails, an operation that repairs audit devices is recorded in the server log
 * instead, if it was allowed.
 * @throws {ApiError} internal, for any other operation
 */
export async function written(
  { log }: Core,
  { request, admitted }: { readonly request: Request; readonly admitted: Result<Admitted> },
  line: Promise<void>,
): Promise<void> {
  try {
    await line
  } catch (error) {
    const isUnwritten = error instanceof ApiError && error.code === 'internal'
    if (!isUnwritten || !admitted.ok || admitted.value.endpoint?.unaudited !== request.operation)
      throw error
    const { id, operation, path, client } = request
    const by = admitted.value.caller?.displayName
    log.error(
      { request: id, operation, path, by, address: client.address },
      'performed without an audit line, since the audit log cannot be written',
    )
  }
}
