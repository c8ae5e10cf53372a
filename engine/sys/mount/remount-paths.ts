import { randomUUID } from 'node:crypto'
import { name, string } from '../../../shared/field.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { requireFound } from '../../api/require-found.ts'
import type { Core } from '../../core/core.ts'
import { Table } from '../../storage/table.ts'
import { requireFree } from './mount-check.ts'

/** A completed move. */
interface Migration {
  readonly from: string
  readonly to: string
}

const migrations = new Table<Migration>('core/remount/')

/** `sys/remount`: moves a mount to another path. Contract §4.3. */
export const remount = (core: Core) => [
  endpoint({
    path: 'remount',
    sudo: true,
    summary: 'Moves a mount to another path.',
    description:
      'The data of the mount moves with it. Its leases and tokens stay valid and keep their ids. Policies are not changed.',
    fields: {
      from: string({
        default: '',
        required: true,
        description: 'Current path, for example "ssh" or "auth/jwt".',
      }),
      to: string({ default: '', required: true, description: 'New path.' }),
    },
    operations: {
      update: async function moveMount(given, { tx }) {
        const [from, to] = [placeOf(given.from), placeOf(given.to)]
        if (from === '/' || to === '/')
          throw new ApiError('invalid', 'both "from" and "to" are required')
        const known = core.mounts.all.find(each => each.path === from && !each.leaving)
        if (!known) throw new ApiError('invalid', `no matching mount at "${from}"`)
        const kind = core.mounts.engineOf(known)?.mountable
        if (kind === undefined) throw new ApiError('invalid', `cannot remount "${from}"`)
        if (to.startsWith('auth/') !== (kind === 'auth'))
          throw new ApiError('invalid', `cannot remount "${from}" to destination "${to}"`)
        await requireFree(core, tx, { at: to, kind, inUse })
        const mount = await core.mounts.read(tx, known.id)
        if (!mount || mount.path !== from || mount.leaving)
          throw new ApiError('invalid', `no matching mount at "${from}"`)
        const formerPaths = [...mount.formerPaths.filter(path => path !== to), from]
        await core.mounts.put(tx, { ...mount, path: to, formerPaths })
        const id = randomUUID()
        migrations.put(tx, id, { from, to })
        return {
          data: { migration_id: id },
          hoisted: true,
          afterCommit: () => core.mounts.reload(),
        }
      },
    },
  }),
  endpoint({
    path: 'remount/status/:id',
    summary: 'Returns the status of a move.',
    description: 'A move is atomic, so the status of an existing move is always "success".',
    fields: { id: name({ default: '', description: 'The migration_id.' }) },
    operations: {
      read: async function readRemountStatus({ id }, { tx }) {
        const migration = requireFound(await migrations.get(tx, id))
        const { from, to } = migration
        return {
          data: {
            migration_id: id,
            migration_info: { source_mount: from, target_mount: to, status: 'success' },
          },
        }
      },
    },
  }),
]

const inUse = (path: string) => `path already in use at ${JSON.stringify(path)}`

const placeOf = (path: string) => `${path.split('/').filter(Boolean).join('/')}/`
