import { randomUUID } from 'node:crypto'
import { duration, integer, list, name, pairs, string, type Values } from '../../../shared/field.ts'
import { Invalid } from '../../../shared/invalid.ts'
import { Secret } from '../../../shared/secret.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Reply } from '../../api/reply.ts'
import { requireAny } from '../../api/require-found.ts'
import { isSubset } from '../../token/bound-cidrs.ts'
import { blocks } from '../blocks.ts'
import { existingRole, type Role } from './roles.ts'
import {
  deleteSecretId,
  findSecretId,
  putSecretId,
  type SecretId,
  secretIdAccessors,
  secretIdOfAccessor,
} from './secret-ids.ts'

const role_name = name({ default: '', description: 'Name of the role, case-insensitive.' })

const settings = {
  role_name,
  metadata: string({
    default: '',
    description: 'Metadata of the tokens, as a string with a JSON object.',
  }),
  cidr_list: list({
    default: [],
    description: 'CIDR blocks, within those of the role, from which the secret id can be used.',
  }),
  token_bound_cidrs: list({
    default: [],
    description: 'CIDR blocks, within those of the role, from which the tokens can be used.',
  }),
  num_uses: integer({
    description: 'Number of logins that the secret id is valid for. Defaults to that of the role.',
  }),
  ttl: duration({ description: 'Lifetime of the secret id. Defaults to that of the role.' }),
}

const secretId = { role_name, secret_id: string({ default: '', description: 'The secret id.' }) }

const accessor = {
  role_name,
  secret_id_accessor: string({ default: '', description: 'Accessor of the secret id.' }),
}

/** The secret ids of a role. Contract §4.9. */
export const secretIdPaths = [
  endpoint({
    path: 'role/:role_name/secret-id',
    anyCase: true,
    summary: 'Generates a secret id, or lists the accessors of secret ids.',
    description:
      'The secret id is returned only once. Its accessor can be used to look it up or destroy it.',
    fields: settings,
    operations: {
      list: async function listSecretIds({ role_name: asked }, { tx, now }) {
        const keys = requireAny(await secretIdAccessors(tx, await existingRole(tx, asked), now))
        return { data: { keys } }
      },
      update: function generateSecretId(given, call) {
        return make(new Secret(randomUUID()), given, call)
      },
    },
  }),
  endpoint({
    path: 'role/:role_name/custom-secret-id',
    anyCase: true,
    summary: 'Creates a secret id with a given value.',
    description: 'The value must be as hard to guess as a random one.',
    fields: { ...settings, secret_id: secretId.secret_id },
    operations: {
      update: async function setCustomSecretId({ secret_id: text, ...given }, call) {
        if (text === '') throw new ApiError('invalid', 'missing secret_id')
        return make(new Secret(text), given, call)
      },
    },
  }),
  endpoint({
    path: 'role/:role_name/secret-id/lookup',
    anyCase: true,
    summary: 'Looks up a secret id.',
    description:
      'Returns the properties of the secret id. The lookup does not count as a use of it.',
    fields: secretId,
    operations: {
      update: async function lookUpSecretId(given, call) {
        const [, found] = await meant(given, call)
        return found && { data: describe(found) }
      },
    },
  }),
  endpoint({
    path: 'role/:role_name/secret-id/destroy',
    anyCase: true,
    summary: 'Destroys a secret id.',
    description: 'The secret id is no longer valid. Tokens that were issued stay valid.',
    fields: secretId,
    operations: {
      update: destroySecretId,
      delete: destroySecretId,
    },
  }),
  endpoint({
    path: 'role/:role_name/secret-id-accessor/lookup',
    anyCase: true,
    summary: 'Looks up the secret id of an accessor.',
    description: 'Returns the properties of the secret id, but not its value.',
    fields: accessor,
    operations: {
      update: async function lookUpSecretIdAccessor(given, call) {
        const [, found] = await named(given, call)
        return { data: describe(found) }
      },
    },
  }),
  endpoint({
    path: 'role/:role_name/secret-id-accessor/destroy',
    anyCase: true,
    summary: 'Destroys the secret id of an accessor.',
    description: 'The secret id is no longer valid. Tokens that were issued stay valid.',
    fields: accessor,
    operations: {
      update: destroySecretIdAccessor,
      delete: destroySecretIdAccessor,
    },
  }),
]

async function make(
  secret: Secret,
  given: Values<typeof settings>,
  { tx, now, mount }: Call,
): Promise<Reply> {
  const role = await existingRole(tx, given.role_name)
  if (!role.bindSecretId) throw new ApiError('invalid', 'bind_secret_id is not set on the role')
  const made = await putSecretId(tx, role, {
    salt: mount.salt,
    secretId: secret,
    now,
    numUses: usesOf(role, given.num_uses),
    ttl: ttlOf(role, given.ttl),
    cidrList: within(role.secretIdBoundCidrs, blocks(given.cidr_list)),
    tokenBoundCidrs: within(role.token.boundCidrs, blocks(given.token_bound_cidrs)),
    metadata: metadataOf(given.metadata),
  })
  return {
    data: {
      secret_id: secret.reveal(),
      secret_id_accessor: made.accessor,
      secret_id_num_uses: made.numUses,
      secret_id_ttl: made.ttl,
    },
  }
}

/** The CIDR blocks of a secret id. @throws {ApiError} invalid, if they are not within those of its role */
function within(bounds: readonly string[], given: readonly string[]): readonly string[] {
  if (given.length > 0 && !isSubset(given, bounds))
    throw new ApiError(
      'invalid',
      `failed to verify subset relationship between CIDR blocks on the role ${quoted(bounds)} and CIDR blocks on the secret ID ${quoted(given)}`,
    )
  return given
}

const quoted = (texts: readonly string[]) =>
  `[${texts.map(text => JSON.stringify(text)).join(' ')}]`

function usesOf({ secretIdNumUses: most }: Role, wanted = most): number {
  if (wanted < 0) throw new ApiError('invalid', 'num_uses cannot be negative')
  if (most > 0 && (wanted === 0 || wanted > most))
    throw new ApiError('invalid', "num_uses cannot be higher than the role's secret_id_num_uses")
  return wanted
}

function ttlOf({ secretIdTtl: longest }: Role, wanted = longest): number {
  if (longest > 0 && (wanted === 0 || wanted > longest))
    throw new ApiError('invalid', "ttl cannot be longer than the role's secret_id_ttl")
  return wanted
}

/** Parses metadata in the two forms that Vault accepts: a JSON object, and `a=b,c=d`. */
function metadataOf(text: string): Readonly<Record<string, string>> {
  if (text.trim() === '') return {}
  try {
    const raw: unknown = text.trim().startsWith('{') ? JSON.parse(text) : text.split(',')
    return pairs({ default: {}, description: '' }).read(raw)
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof SyntaxError)) throw error
    throw new ApiError('invalid', `failed to parse metadata: ${error.message}`, { cause: error })
  }
}

async function meant(
  { role_name: asked, secret_id: text }: Values<typeof secretId>,
  { tx, now, mount }: Call,
): Promise<[Role, SecretId | undefined]> {
  if (text === '') throw new ApiError('invalid', 'missing secret_id')
  const role = await existingRole(tx, asked)
  return [role, await findSecretId(tx, role, { salt: mount.salt, secretId: new Secret(text), now })]
}

async function destroySecretId(given: Values<typeof secretId>, call: Call): Promise<undefined> {
  const [role, found] = await meant(given, call)
  if (found) deleteSecretId(call.tx, role.id, found)
}

async function named(
  { role_name: asked, secret_id_accessor: text }: Values<typeof accessor>,
  { tx, now }: Call,
): Promise<[Role, SecretId]> {
  if (text === '') throw new ApiError('invalid', 'missing secret_id_accessor')
  const role = await existingRole(tx, asked)
  const found = await secretIdOfAccessor(tx, role, { accessor: text, now })
  if (!found)
    throw new ApiError(
      'missing',
      `failed to find accessor entry for secret_id_accessor: ${JSON.stringify(text)}`,
    )
  return [role, found]
}

async function destroySecretIdAccessor(
  given: Values<typeof accessor>,
  call: Call,
): Promise<undefined> {
  const [role, found] = await named(given, call)
  deleteSecretId(call.tx, role.id, found)
}

const describe = (found: SecretId) => ({
  cidr_list: found.cidrList,
  creation_time: new Date(found.createdAt).toISOString(),
  // Go's zero time means no expiry
  expiration_time:
    found.expiresAt === undefined
      ? '0001-01-01T00:00:00Z'
      : new Date(found.expiresAt).toISOString(),
  last_updated_time: new Date(found.updatedAt).toISOString(),
  metadata: found.metadata,
  secret_id_accessor: found.accessor,
  secret_id_num_uses: found.numUses,
  secret_id_ttl: found.ttl,
  token_bound_cidrs: found.tokenBoundCidrs,
})
