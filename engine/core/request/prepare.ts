import type { Request } from '../../api/request.ts'
import { transact } from '../../storage/transact.ts'
import type { Core } from '../core.ts'
import type { Admitted } from './admit.ts'
import { currentMount } from './current-mount.ts'

/** Does the slow work of the endpoint before its transaction, if there is any. */
export async function prepare(
  core: Core,
  request: Request,
  { endpoint, mount, params, caller }: Admitted,
): Promise<unknown> {
  const { operation, path, data } = request
  return endpoint?.prepare(operation, data, params, {
    now: core.now(),
    mount: core.mounts.view(mount),
    path,
    caller,
    address: request.client.address,
    isHeard: request.isHeard,
    transact: work =>
      transact(core.store, async tx => {
        const current = await currentMount(core, tx, { mount, path })
        return work(core.mounts.scope(tx, current, caller?.token))
      }),
  })
}
