import type { Call } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import type { Operation } from '../../api/request.ts'
import type { Core } from '../core.ts'
import { judge } from './admit.ts'
import { denyingLost } from './denying-lost.ts'

/**
 * Requires an authorized token on a public endpoint, for operations that are public only in some states.
 * @throws {ApiError} denied
 */
export async function authorize(core: Core, call: Call, operation: Operation): Promise<void> {
  const { presented: token, path, address, tx } = call
  const unused = { id: '', data: {}, correlation: undefined, wrapTtl: undefined }
  const asked = { ...unused, path, operation, token, client: { address, port: 0 } }
  const { permission } = await denyingLost(() => judge(core, asked, tx))
  if (!permission.allowed) throw new ApiError('denied', 'permission denied')
}
