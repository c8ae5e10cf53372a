import type { Incoming } from '../../api/request.ts'
import { transact } from '../../storage/transact.ts'
import { isValidToken } from '../../token/authenticate.ts'
import type { Core } from '../core.ts'
import { tokenMount } from '../token-mount.ts'

/** Whether a request has a valid token. Does not count as a use of the token. False while the server is sealed. */
export async function isKnown(
  { store, mounts, now, sealing }: Core,
  { token, client }: Pick<Incoming, 'token' | 'client'>,
): Promise<boolean> {
  if (!token || sealing.sealed) return false
  const { salt } = tokenMount(mounts)
  return transact(store, tx =>
    isValidToken(tx, {
      token,
      salt,
      from: client.address,
      now: now(),
      isMounted: id => mounts.has(id),
    }),
  )
}
