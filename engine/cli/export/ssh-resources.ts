import { splitList } from '../../../shared/split-list.ts'
import { isList, isObject, type Json, type JsonObject } from '../envelope.ts'
import type { SshMount } from '../snapshot/snapshot.ts'
import { valueText } from '../value-text.ts'
import { type Block, Reference, type Value } from './hcl-text.ts'
import { mountSettings } from './mount-settings.ts'
import { type Resources, saying } from './resources.ts'

/** Adds an SSH mount with its CA, roles and zero-address roles. */
export function addSshMount(resources: Resources, mount: SshMount): void {
  const path = mount.path.replace(/\/$/, '')
  const { default_lease_ttl, max_lease_ttl, ...settings } = mountSettings(mount)
  const own = resources.add({
    type: 'vault_mount',
    name: [path],
    id: path,
    attributes: {
      path,
      type: 'ssh',
      ...(default_lease_ttl !== undefined && { default_lease_ttl_seconds: default_lease_ttl }),
      ...(max_lease_ttl !== undefined && { max_lease_ttl_seconds: max_lease_ttl }),
      ...settings,
    },
  })
  if (mount.issuers.length > 0) addCa(resources, path, own('path'))
  for (const [name, role] of mount.roles)
    addRole(resources, { path, name, backend: own('path') }, role)
  const roles = mount.zeroAddress
  // the roles must be there first, and the provider cannot know
  const needs = [...mount.roles.keys()].filter(name => roles.includes(name))
  if (roles.length > 0)
    resources.addGeneric(
      `${path}/config/zeroaddress`,
      { roles: [...roles] },
      needs.flatMap(name => resources.addressOf(`${path}/roles/${name}`) ?? []),
    )
}

/** The CA, which nothing in the file can destroy: certificates that it has signed would stop working. */
function addCa(resources: Resources, path: string, backend: Reference): void {
  const lifecycle: Block = {
    head: ['lifecycle'],
    attributes: { prevent_destroy: true, ignore_changes: new Reference('all') },
  }
  resources.add({
    type: 'vault_ssh_secret_backend_ca',
    name: [path],
    id: path,
    attributes: { backend, generate_signing_key: true },
    blocks: [lifecycle],
  })
}

/** Fields of roles that the provider has. A role with others is written as it is. */
const FIELDS: ReadonlySet<string> = new Set([
  ...[
    'key_type',
    'default_user',
    'default_user_template',
    'allowed_users',
    'allowed_users_template',
  ],
  ...['cidr_list', 'exclude_cidr_list', 'port', 'ttl', 'max_ttl', 'not_before_duration'],
  ...[
    'allow_user_certificates',
    'allow_host_certificates',
    'allow_bare_domains',
    'allow_subdomains',
  ],
  ...[
    'allow_user_key_ids',
    'allow_empty_principals',
    'allowed_domains',
    'allowed_domains_template',
  ],
  ...['allowed_critical_options', 'allowed_extensions', 'default_critical_options'],
  ...['default_extensions', 'default_extensions_template', 'key_id_format', 'algorithm_signer'],
  'allowed_user_key_lengths',
])

interface Place {
  readonly path: string
  readonly name: string
  readonly backend: Reference
}

function addRole(resources: Resources, { path, name, backend }: Place, role: JsonObject): void {
  const { issuer_ref: issuer, ...data } = saying(role)
  const whole = `${path}/roles/${name}`
  const isPlain = role.key_type !== 'dynamic' && Object.keys(data).every(field => FIELDS.has(field))
  if (!isPlain || (issuer !== undefined && issuer !== 'default'))
    return void resources.addGeneric(whole, saying(role), [
      backend.expression.replace(/\.path$/, ''),
    ])
  const { allowed_user_key_lengths: lengths, ...fields } = data
  resources.add({
    type: 'vault_ssh_secret_backend_role',
    name: [path, name],
    id: whole,
    attributes: {
      name,
      backend,
      ...Object.fromEntries(
        Object.entries(fields).map(([field, value]) => [field, inType(field, value)]),
      ),
    },
    blocks: keyBlocks(lengths),
  })
}

/** A value in the type that the provider has for the field. */
function inType(field: string, value: Json): Value {
  if (field === 'exclude_cidr_list') return splitList(valueText(value))
  return /ttl|duration/.test(field) ? `${value}` : value
}

const keyBlocks = (lengths: Json | undefined): readonly Block[] =>
  isObject(lengths)
    ? Object.keys(lengths)
        .sort()
        .map(type => {
          const sizes = lengths[type] ?? null
          return {
            head: ['allowed_user_key_config'],
            attributes: { type, lengths: isList(sizes) ? sizes : [sizes] },
          }
        })
    : []
