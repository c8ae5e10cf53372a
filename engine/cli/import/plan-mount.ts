import type { Json, JsonObject } from '../envelope.ts'
import type { Mount } from '../snapshot/snapshot.ts'
import type { Import } from './import-parts.ts'
import type { Step } from './plan.ts'
import { isEmpty } from './same-value.ts'

/** Settings of a mount that have the same meaning on every server. */
const SETTINGS = [
  'default_lease_ttl',
  'max_lease_ttl',
  'listing_visibility',
  'audit_non_hmac_request_keys',
  'audit_non_hmac_response_keys',
  'user_lockout_config',
]

interface Place {
  /** Where mounts of this kind are written. */
  readonly root: 'sys/mounts' | 'sys/auth'
  /** Called when the mount has been made. */
  readonly made?: Step['perform']
}

/** Plans a mount itself. False if something else stands at its path, so that nothing can be brought there. */
export function planMount(
  { builder }: Import,
  [mount, present]: readonly [Mount, Mount | undefined],
  { root, made }: Place,
): boolean {
  if (present && present.type !== mount.type) {
    builder.leave({
      what: `${root}/${mount.path}`,
      reason: `the target has something of the type ${present.type} there`,
      remedy: `move one of them: postern secrets move ${mount.path} OTHER`,
    })
    return false
  }
  const path = `${root}/${mount.path.replace(/\/$/, '')}`
  const after = { type: mount.type, ...settingsOf(mount) }
  builder.compare({
    path,
    before: present && { type: present.type, ...settingsOf(present) },
    after,
    async perform(client) {
      const { type, description, ...config } = after
      if (present) await client.post(`${path}/tune`, { description, ...config })
      else await client.post(path, { type, description, config })
      await made?.(client)
    },
  })
  return true
}

/** Only what is set: a server may refuse the others. */
const settingsOf = ({
  description,
  config,
}: Mount): JsonObject & { readonly description: string } => ({
  description,
  ...Object.fromEntries(
    SETTINGS.map(name => [name, config[name] ?? null] as readonly [string, Json]).filter(
      ([, value]) => !isEmpty(value),
    ),
  ),
})
