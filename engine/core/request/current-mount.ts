import { ApiError } from '../../api/errors.ts'
import type { Tx } from '../../storage/transact.ts'
import type { Core } from '../core.ts'
import type { Mount } from '../mount.ts'
import { noHandler } from './admit.ts'

/** The mount is no longer at the path that this node has cached. */
export class Moved extends ApiError {
  constructor(path: string) {
    const { code, message } = noHandler(path)
    super(code, message)
  }
}

/**
 * The mount that a request for `path` was routed to, as the transaction reads it.
 * @throws {Moved} if it was moved or removed, or is being removed
 */
export async function currentMount(
  { mounts }: Core,
  tx: Tx,
  { mount, path }: { readonly mount: Mount; readonly path: string },
): Promise<Mount> {
  const current = await mounts.read(tx, mount.id)
  if (!current || current.leaving || current.path !== mount.path) throw new Moved(path)
  return current
}
