import type { MountView } from '../api/call.ts'
import type { Lifetimes, Mount } from './mount.ts'

/** What a handler sees of its mount, with the lifetimes of the system where the mount has none. */
export function mountView(mount: Mount, system: Lifetimes): MountView {
  const { id, path, type, accessor, salt, hasRecords = false, naming = 'older' } = mount
  const maxTtl = mount.maxTtl || system.maxTtl
  const defaultTtl = Math.min(mount.defaultTtl || system.defaultTtl, maxTtl)
  const setTtl = mount.defaultTtl !== 0 || system.isSet ? defaultTtl : 0
  const lockout = mount.tuning?.lockout
  return {
    ...{ id, path, type, accessor, salt, hasRecords, naming, defaultTtl, maxTtl, setTtl },
    ...(lockout && { lockout }),
  }
}
