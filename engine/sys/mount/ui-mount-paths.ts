import { longRest } from '../../../shared/field.ts'
import { type Call, callerOf } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Mount } from '../../core/mount.ts'
import { describeMount, describeToStranger, isAuth } from './mount-description.ts'

/** `sys/internal/ui/mounts`: the mounts that a caller can see. Clients read it before they use a mount. Contract §4.3. */
export const uiMounts = (core: Core) => [
  endpoint({
    path: 'internal/ui/mounts',
    access: 'optional',
    // a caller with a token must not see less than one without
    isOwner: async () => true,
    summary: 'Lists the mounts that the caller can see.',
    description: 'Without a token, these are the mounts whose listing_visibility is "unauth".',
    fields: {},
    operations: {
      read: async function listVisibleMounts(_, call) {
        const visible = await visibleMounts(core, call)
        const shown = (mount: Mount) =>
          call.caller ? describeMount(core, mount) : describeToStranger(mount)
        return {
          data: {
            secret: Object.fromEntries(
              visible.filter(mount => !isAuth(mount)).map(mount => [mount.path, shown(mount)]),
            ),
            auth: Object.fromEntries(
              visible.filter(isAuth).map(mount => [mount.path.slice('auth/'.length), shown(mount)]),
            ),
          },
        }
      },
    },
  }),
  endpoint({
    path: 'internal/ui/mounts/:path',
    access: 'optional',
    // any token may read this, but sees nothing of mounts where it has no capability
    isOwner: async () => true,
    summary: 'Returns the mount that serves a path.',
    description: 'Clients read this before they use a path, to learn the type of the engine.',
    fields: { path: longRest({ default: '', description: 'Path of a request.' }) },
    operations: {
      read: async function readVisibleMount({ path }, call) {
        callerOf(call)
        const mount = core.mounts.at(path)
        if (!mount || !(await isReached(core, mount, call)))
          throw new ApiError(
            'denied',
            `preflight capability check returned 403, please ensure client's policies grant access to path "${path}/"`,
          )
        return { data: { ...describeMount(core, mount), path: mount.path } }
      },
    },
  }),
]

async function visibleMounts(core: Core, call: Call): Promise<readonly Mount[]> {
  const visible: Mount[] = []
  for (const mount of core.mounts.all) if (await isVisible(core, mount, call)) visible.push(mount)
  return visible
}

async function isVisible(core: Core, mount: Mount, call: Call): Promise<boolean> {
  return mount.listingVisibility === 'unauth' || (await isReached(core, mount, call))
}

/** Whether the caller has any capability below the mount. */
async function isReached(core: Core, mount: Mount, call: Call): Promise<boolean> {
  const { tx, caller, render } = call
  if (!caller) return false
  return (await core.policies.acl(tx, { ...caller, render })).reaches(mount.path)
}
