import type { Mount } from './mount.ts'
import type { Mounts } from './mounts.ts'

/** The mount that all tokens belong to, whichever method has made them. It is always there. */
export function tokenMount(mounts: Mounts): Mount {
  const mount = mounts.at('auth/token')
  if (!mount) throw new Error('no mount for tokens')
  return mount
}
