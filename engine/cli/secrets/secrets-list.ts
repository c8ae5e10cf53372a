import { boolean } from '../../../shared/field.ts'
import { command } from '../command.ts'
import { isObject, type Json, type JsonObject } from '../envelope.ts'
import { EXIT } from '../failure.ts'
import { dataOf } from '../reply.ts'
import { valueText } from '../value-text.ts'

export const secretsList = command({
  name: 'secrets list',
  summary: 'List the mounted secrets engines',
  usage: '[options]',
  text: `
Lists the mounted secrets engines by path.

    $ postern secrets list

With all settings. Lease durations are in seconds; "system" is the default of the server:

    $ postern secrets list -detailed`,
  flags: {
    detailed: boolean({ description: 'Show all settings of each mount.', default: false }),
  },
  arguments: [0, 0],
  prints: 'format',
  async run({ flags, print, connect }) {
    const mounts = await dataOf('Error listing secrets engines', connect().read('sys/mounts'))
    const shown = flags.detailed ? DETAILED : SIMPLE
    const rows = Object.keys(mounts)
      .sort()
      .map(path => [path, ...Object.values(shown).map(show => show(objectOf(mounts[path])))])
    await print.rows(mounts, ['Path', ...Object.keys(shown)], rows)
    return EXIT.ok
  },
})

type Columns = Readonly<Record<string, (mount: JsonObject) => string>>

const text = (name: string) => (mount: JsonObject) => valueText(mount[name] ?? '')

const SIMPLE: Columns = {
  Type: text('type'),
  Accessor: text('accessor'),
  Description: text('description'),
}

const DETAILED: Columns = {
  Plugin: text('type'),
  Accessor: text('accessor'),
  'Default TTL': mount => mountTtl(mount, 'default_lease_ttl'),
  'Max TTL': mount => mountTtl(mount, 'max_lease_ttl'),
  'Force No Cache': mount => valueText(objectOf(mount.config).force_no_cache ?? false),
  Replication: mount => (mount.local === true ? 'local' : 'replicated'),
  'Seal Wrap': mount => valueText(mount.seal_wrap ?? false),
  'External Entropy Access': mount => valueText(mount.external_entropy_access ?? false),
  Options: mount => valueText(mount.options ?? {}),
  Description: text('description'),
  UUID: text('uuid'),
  Version: text('plugin_version'),
  'Running Version': text('running_plugin_version'),
  'Running SHA256': text('running_sha256'),
  'Deprecation Status': text('deprecation_status'),
}

/** A lease duration of a mount: seconds, `system` for the server's default, empty for mounts without leases. */
export function mountTtl(mount: JsonObject, name: string): string {
  if (mount.type === 'system' || mount.type === 'cubbyhole') return ''
  const ttl = objectOf(mount.config)[name]
  return ttl ? valueText(ttl) : 'system'
}

export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})
