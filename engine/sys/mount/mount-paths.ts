import { boolean, map, rest, string } from '../../../shared/field.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { unmount } from '../../core/background/unmount.ts'
import type { Core } from '../../core/core.ts'
import type { Mount } from '../../core/mount.ts'
import { newMount } from '../../core/mounts.ts'
import { namesIn } from '../../identity/identity-names.ts'
import type { Tx } from '../../storage/transact.ts'
import { beginCase, describeCase, tuneCase } from './alias-case.ts'
import { describeLockout } from './lockout-fields.ts'
import { requireFree, requireTunable } from './mount-check.ts'
import { describeMount, describeMounts, describeSettings, isAuth } from './mount-description.ts'
import { readSettings, requireSupported, settingFields, withSettings } from './mount-settings.ts'
import { lifetimeWarnings } from './mount-warnings.ts'

/** Secrets engines and auth methods have separate paths and types. */
const KINDS = {
  mounts: {
    prefix: '',
    noun: 'secrets engine',
    missing: 'No secret engine mount at',
    rights: {},
  },
  auth: {
    prefix: 'auth/',
    noun: 'auth method',
    missing: 'No auth engine at',
    rights: { sudo: true },
  },
} as const

type Kind = keyof typeof KINDS

const path = rest({
  default: '',
  description: 'Path of the mount, for example "ssh" or "team/ssh".',
})

const description = string({ description: 'Description of the mount.' })

const options = map({ description: 'Options of the engine.' })

const COMPATIBLE = 'Stored and returned for compatibility, without effect.'

/** `sys/mounts` and `sys/auth`: the mounted secrets engines and auth methods. Contract §4.3. */
export const mounts = (core: Core) => [...pathsOf(core, 'mounts'), ...pathsOf(core, 'auth')]

const pathsOf = (core: Core, kind: Kind) => [
  endpoint({
    path: kind,
    summary: `Lists the mounted ${KINDS[kind].noun}s.`,
    description: 'Returns the mounts by path.',
    fields: {},
    operations: {
      read: async function listMounts() {
        const shown = core.mounts.all.filter(mount => isAuth(mount) === (kind === 'auth'))
        return { data: describeMounts(core, shown), hoisted: true }
      },
    },
  }),
  endpoint({
    path: `${kind}/:path/tune`,
    ...KINDS[kind].rights,
    summary: 'Reads or changes the settings of a mount.',
    description:
      'Only the settings that are sent change. A lease TTL of 0 or "system" uses the value of the server; an empty one is left as it is.',
    fields: {
      path,
      description,
      options,
      ...settingFields,
    },
    operations: {
      read: async function readMountSettings({ path: name }, { tx }) {
        const at = placeOf(kind, name)
        const mount = existing(core, at, `cannot fetch sysview for path "${at}"`)
        const { defaultTtl, maxTtl } = core.mounts.view(mount)
        return {
          data: {
            description: mount.description,
            default_lease_ttl: defaultTtl,
            max_lease_ttl: maxTtl,
            ...(mount.options && { options: mount.options }),
            ...describeSettings(mount),
            ...describeLockout(mount),
            ...(await describeCase(tx, mount)),
          },
          hoisted: true,
        }
      },
      update: async function tuneMount(given, { tx, sent }) {
        const at = placeOf(kind, given.path)
        const found = existing(core, at, `tune of path "${at}" failed: no mount entry found`)
        const mount = await stored(core, tx, found)
        requireTunable(mount, given)
        requireSupported(sent)
        const tuned = {
          ...withSettings(mount, given),
          description: given.description ?? mount.description,
          options: given.options ?? mount.options,
        }
        await tuneCase(tx, { mount, caseSensitive: given.case_sensitive_aliases })
        await core.mounts.put(tx, tuned)
        return { ...warningsAbout(core, tuned), afterCommit: () => core.mounts.reload() }
      },
    },
  }),
  endpoint({
    path: `${kind}/:path`,
    ...KINDS[kind].rights,
    summary: `Mounts a ${KINDS[kind].noun} at a path, or removes it.`,
    description:
      'Removing a mount revokes all of its leases and of the tokens that it has issued, and permanently deletes its data.',
    fields: {
      path,
      description,
      options,
      type: string({
        default: '',
        required: true,
        description: 'Type of the engine, for example "ssh".',
      }),
      config: map({
        default: {},
        description: 'Settings of the mount, as for its path "tune".',
      }),
      local: boolean({ default: false, description: COMPATIBLE }),
      seal_wrap: boolean({ default: false, description: COMPATIBLE }),
    },
    operations: {
      read: async function readMount({ path: name }) {
        const at = placeOf(kind, name)
        const none = `${KINDS[kind].missing} ${at.slice(KINDS[kind].prefix.length)}`
        return { data: describeMount(core, existing(core, at, none)), hoisted: true }
      },
      update: async function enableMount(
        { path: name, type, config, local, ...given },
        { tx, now, sent },
      ) {
        const at = placeOf(kind, name)
        if (type === '') throw new ApiError('invalid', 'backend type must be specified as a string')
        await requireFree(core, tx, { at, kind })
        const engine = core.mounts.engineOf({ type })
        if (engine && !engine.mountable)
          throw new ApiError('invalid', `mount type of "${type}" is not mountable`)
        if (engine?.mountable !== kind)
          throw new ApiError('invalid', `plugin not found in the catalog: ${type}`)
        requireSupported(sent)
        const settings = readSettings(config)
        const made = newMount(at, type, {
          description: given.description ?? '',
          options: given.options ?? null,
          local,
          sealWrap: given.seal_wrap,
        })
        const mount = withSettings(made, settings)
        await beginCase(tx, mount, settings.case_sensitive_aliases)
        await putNew(core, tx, { mount, now })
        return { ...warningsAbout(core, mount), afterCommit: () => core.mounts.reload() }
      },
      delete: async function disableMount({ path: name }, { tx }) {
        const at = placeOf(kind, name)
        const found = core.mounts.all.find(mount => mount.path === at)
        // permission to remove one kind is not permission to remove the other
        if (found && core.mounts.engineOf(found)?.mountable !== kind)
          throw new ApiError('invalid', `cannot unmount "${at}"`)
        const mount = found && (await core.mounts.read(tx, found.id))
        if (!mount) return undefined
        const leaving = { ...mount, leaving: true }
        await core.mounts.put(tx, leaving)
        return { afterCommit: () => unmount(core, leaving) }
      },
    },
  }),
]

const warningsAbout = ({ mounts }: Core, mount: Mount) =>
  lifetimeWarnings(mount, mounts.view(mount))

/** Stores a new mount with the initial data of its engine. */
async function putNew(
  { mounts }: Core,
  tx: Tx,
  { mount, now }: { readonly mount: Mount; readonly now: Date },
): Promise<void> {
  const begin = mounts.engineOf(mount)?.upgrade
  await begin?.({ tx: mounts.scope(tx, mount), now, mount: mounts.view(mount) })
  const { naming, ...unnamed } = mount
  // nodes of an older version may also serve it
  const isShared = (await namesIn(tx)).naming === 'older'
  const named = isShared || !naming ? unnamed : { ...unnamed, naming }
  await mounts.put(tx, { ...named, hasRecords: begin !== undefined })
}

/** The full path of the mount that a client names. */
function placeOf(kind: Kind, name: string): string {
  const segments = name.split('/').filter(Boolean)
  if (segments.length === 0) throw new ApiError('invalid', 'a path is required')
  return `${KINDS[kind].prefix}${segments.join('/')}/`
}

/** Clients also read and tune auth methods through the paths of secrets engines, by their full paths. */
function existing(core: Core, at: string, none: string): Mount {
  const mount = core.mounts.all.find(each => each.path === at && !each.leaving)
  if (!mount) throw new ApiError('invalid', none)
  return mount
}

/** The mount as the transaction reads it. */
async function stored(core: Core, tx: Tx, { id, path: at }: Mount): Promise<Mount> {
  const mount = await core.mounts.read(tx, id)
  if (!mount) throw new ApiError('invalid', `nothing is mounted at ${at} any more`)
  return mount
}
