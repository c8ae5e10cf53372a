import type { Mount } from './mount.ts'
import type { Mounts } from './mounts.ts'

/** The mount of all tokens, whichever auth method has issued them. It always exists. */
export function tokenMount(mounts: Mounts): Mount {
  const mount = mounts.at('auth/token')
  if (!mount) throw new Error('no mount for tokens')
  return mount
}
