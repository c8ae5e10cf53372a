import { formatDuration } from '../../../shared/duration.ts'
import type { JsonObject } from '../envelope.ts'
import type { AuthMount } from '../snapshot/snapshot.ts'
import { textOf } from '../snapshot/text-of.ts'
import { type Block, Reference, valueText } from './hcl-text.ts'
import { mountSettings } from './mount-settings.ts'
import { type Resources, saying } from './resources.ts'

/** Adds an auth method with its users and roles. Gives the reference to its accessor; undefined for that of tokens. */
export function addAuthMount(resources: Resources, mount: AuthMount): Reference | undefined {
  if (mount.type === 'token') {
    for (const [record, data] of mount.records) addTokenRole(resources, record, data)
    return undefined
  }
  const own = addMethod(resources, mount)
  for (const [record, data] of mount.records) addRecord(resources, { mount, record, own }, data)
  return own('accessor')
}

type Own = ReturnType<Resources['add']>

const pathOf = ({ path }: AuthMount): string => path.replace(/\/$/, '')

function addMethod(resources: Resources, mount: AuthMount): Own {
  const path = pathOf(mount)
  const { description, ...settings } = mountSettings(mount)
  const tune: Block = {
    head: ['tune'],
    attributes: Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [
        name,
        typeof value === 'number' ? formatDuration(value) : value,
      ]),
    ),
  }
  return resources.add({
    type: 'vault_auth_backend',
    name: [path],
    id: path,
    attributes: { type: mount.type, path, ...(description !== undefined && { description }) },
    blocks: Object.keys(settings).length > 0 ? [tune] : [],
  })
}

/** A user, role or configuration of an auth method. */
interface Kept {
  readonly mount: AuthMount
  readonly record: string
  readonly own: Own
}

function addRecord(resources: Resources, { mount, record, own }: Kept, data: JsonObject): void {
  const path = pathOf(mount)
  if (mount.type === 'approle')
    return void addAppRole(resources, { path, record, backend: own('path') }, data)
  const whole = `auth/${path}/${record}`
  const password = mount.type === 'userpass' && { password: passwordOf(whole) }
  resources.addGeneric(whole, { ...saying(data), ...password }, [addressOf(own)])
}

const addressOf = (own: Own): string => own('path').expression.replace(/\.path$/, '')

interface Place {
  readonly path: string
  readonly record: string
  readonly backend: Reference
}

/** What the variable has for a user; nothing is sent for others, whose passwords stay. */
const passwordOf = (path: string): Reference =>
  new Reference(`lookup(var.passwords, ${valueText(path)}, null)`)

/** The passwords of users, which the file does not have. */
export const PASSWORDS: Block = {
  head: ['variable', 'passwords'],
  attributes: {
    description:
      'Passwords of users of userpass, by path, such as "auth/userpass/users/ann". A new user needs one.',
    type: new Reference('map(string)'),
    default: {},
    sensitive: true,
  },
}

/** The role id is not in the file: Terraform reads it. */
function addAppRole(
  resources: Resources,
  { path, record, backend }: Place,
  data: JsonObject,
): void {
  const name = record.replace(/^role\//, '')
  const { role_id: _, token_type: type, bind_secret_id: binds, ...fields } = data
  resources.add({
    type: 'vault_approle_auth_backend_role',
    name: [path, name],
    id: `auth/${path}/${record}`,
    attributes: {
      backend,
      role_name: name,
      ...(binds === false && { bind_secret_id: false }),
      ...(textOf(type) !== 'default' && type !== undefined && { token_type: type }),
      ...saying(fields),
    },
  })
}

function addTokenRole(resources: Resources, record: string, data: JsonObject): void {
  const name = record.replace(/^roles\//, '')
  // the name, and the older names of two settings
  const {
    name: _,
    period: __,
    explicit_max_ttl: ___,
    renewable,
    token_type: type,
    ...fields
  } = data
  resources.add({
    type: 'vault_token_auth_backend_role',
    name: [name],
    id: `auth/token/${record}`,
    attributes: {
      role_name: name,
      ...(renewable === false && { renewable }),
      ...(type !== 'default-service' && type !== undefined && { token_type: type }),
      ...saying(fields),
    },
  })
}
