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

const role_name = name({ default: '', description: 'Name of the role, in any case.' })

const settings = {
  role_name,
  metadata: string({
    default: '',
    description: 'Names and texts that tokens are given, as a JSON object in a text.',
  }),
  cidr_list: list({
    default: [],
    description:
      'Blocks of addresses, within those of the role, from which the secret id may be used.',
  }),
  token_bound_cidrs: list({
    default: [],
    description:
      'Blocks of addresses, within those of the role, from which alone the token may be used.',
  }),
  num_uses: integer({ description: 'Logins it is good for; as the role says when left out.' }),
  ttl: duration({ description: 'How long it is good; as the role says when left out.' }),
}

const secretId = { role_name, secret_id: string({ default: '', description: 'The secret id.' }) }

const accessor = {
  role_name,
  secret_id_accessor: string({ default: '', description: 'Accessor of the secret id.' }),
}

/** The paths of the secret ids of a role. Contract §4.9. */
export const secretIdPaths = [
  endpoint({
    path: 'role/:role_name/secret-id',
    anyCase: true,
    summary: 'Makes a secret id, or lists the accessors of all.',
    description: 'The secret id is shown once. An accessor shows and destroys it.',
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
    summary: 'Makes a given text a secret id.',
    description: 'It must be as hard to guess as a random one.',
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
    summary: 'Shows what is known of a secret id.',
    description: 'That is not a use of it.',
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
    description: 'Nobody can log in with it any more. Tokens that were given out stay.',
    fields: secretId,
    operations: {
      update: destroySecretId,
      delete: destroySecretId,
    },
  }),
  endpoint({
    path: 'role/:role_name/secret-id-accessor/lookup',
    anyCase: true,
    summary: 'Shows what is known of the secret id that an accessor names.',
    description: 'The secret id itself is not known any more.',
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
    summary: 'Destroys the secret id that an accessor names.',
    description: 'Nobody can log in with it any more. Tokens that were given out stay.',
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

/** Blocks of a secret id, none of which may reach further than those of its role. */
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

/** Metadata in the two forms that Vault reads: a JSON object, and `a=b,c=d`. */
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
  // Go's zero time, where there is no end
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
