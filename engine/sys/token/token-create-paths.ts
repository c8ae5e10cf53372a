import {
  boolean,
  duration,
  integer,
  list,
  older,
  pairs,
  rest,
  string,
  type Values,
} from '../../../shared/field.ts'
import { Secret } from '../../../shared/secret.ts'
import { type Call, callerOf } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { parseAs } from '../../api/invalid-as.ts'
import type { Reply } from '../../api/reply.ts'
import { saltedHash } from '../../api/salted-hash.ts'
import { tokenTypeOf } from '../../api/token-type.ts'
import type { Core } from '../../core/core.ts'
import { readPolicy } from '../../policy/policies.ts'
import { requireRoomBelow } from '../../token/is-held.ts'
import { type Life, lesser, lifeOf } from '../../token/token-life.ts'
import { policiesOfNew } from '../../token/token-policies.ts'
import { findTokenRole, type TokenRole } from '../../token/token-roles.ts'
import {
  creatorIn,
  findToken,
  newToken,
  putToken,
  type Token,
  tokenExists,
} from '../../token/tokens.ts'
import { authOf } from './auth-of.ts'
import { shownName } from './token-name.ts'
import { ttlWarning } from './ttl-warning.ts'

const ttl = duration({ default: 0, description: 'Lifetime of the token.' })

const fields = {
  id: string({ default: '', description: 'The value of the token; random if not set.' }),
  policies: list({
    default: [],
    description: 'Policies of the token. Defaults to those of the caller.',
  }),
  meta: pairs({
    description: 'Metadata of the token, shown in the audit log.',
  }),
  ttl,
  lease: older('ttl', ttl),
  explicit_max_ttl: duration({
    default: 0,
    description: 'Maximum lifetime of the token, including renewals.',
  }),
  period: duration({
    default: 0,
    description:
      'Makes a periodic token: every renewal sets this lifetime again, without a maximum.',
  }),
  no_parent: boolean({
    default: false,
    description: 'Creates an orphan, which is not revoked with the token that creates it.',
  }),
  no_default_policy: boolean({ default: false, description: 'Omits the policy "default".' }),
  display_name: string({ default: '', description: 'Display name of the token.' }),
  num_uses: integer({
    default: 0,
    description: 'Number of requests that the token is valid for; 0 for unlimited.',
  }),
  renewable: boolean({ default: true, description: 'Whether the token can be renewed.' }),
  type: string({ default: 'service', description: 'Type of the token: "service".' }),
  entity_alias: string({ default: '', description: 'Not supported.' }),
}

type NewTokenFields = Values<typeof fields>

const summary = 'Creates a token.'
const description =
  'The token is a child of the token that creates it and is revoked with it, unless it is an orphan. It can have only policies of its parent, unless its role allows others or the caller has sudo.'

/** `create`, `create-orphan` and `create/<role>`. Contract §4.4. */
export const tokenCreate = (core: Core) => [
  endpoint({
    path: 'create',
    summary,
    description,
    fields,
    operations: {
      update: function createToken(given, call) {
        return create(core, { given, orphan: false }, call)
      },
    },
  }),
  endpoint({
    // a policy for this path allows orphans without sudo
    path: 'create-orphan',
    summary,
    description,
    fields,
    operations: {
      update: function createOrphanToken(given, call) {
        return create(core, { given, orphan: true }, call)
      },
    },
  }),
  endpoint({
    path: 'create/:role_name',
    summary,
    description,
    fields: { ...fields, role_name: rest({ default: '', description: 'Role of the token.' }) },
    operations: {
      update: async function createTokenWithRole({ role_name: name, ...given }, call) {
        const role = await findTokenRole(call.tx, name)
        if (!role) throw new ApiError('invalid', `unknown role ${name}`)
        return create(core, { given, orphan: role.orphan, role: { name, ...role } }, call)
      },
    },
  }),
]

interface TokenRequest {
  readonly given: NewTokenFields
  readonly orphan: boolean
  readonly role?: TokenRole & { readonly name: string }
}

async function create(core: Core, wanted: TokenRequest, call: Call): Promise<Reply> {
  const { tx, now, mount } = call
  const { given, role } = wanted
  const parent = await findToken(tx, callerOf(call).token, now)
  if (!parent) throw new ApiError('invalid', 'parent token lookup failed: no parent found')
  const sudo = await hasSudo(core, call)
  requireAllowed(wanted, { parent, sudo })

  const secret = given.id === '' ? newToken() : new Secret(given.id)
  const hash = saltedHash(mount.salt, secret)
  if (await tokenExists(tx, hash))
    throw new ApiError('invalid', 'cannot create a token with a duplicate ID')

  const policies = policiesFor(wanted, { parent, sudo })
  const life = newLife(wanted, { policies, parent, call })
  const orphan = wanted.orphan || given.no_parent
  const entity = orphan ? undefined : parent.entity
  if (!orphan) await requireRoomBelow(tx, parent)
  const token = putToken(tx, {
    hash,
    parent: orphan ? undefined : parent.hash,
    path: role?.pathSuffix ? `${call.path}/${role.pathSuffix}` : call.path,
    displayName: shownName(given.display_name),
    policies,
    metadata: given.meta ?? null,
    entity,
    ...(entity === undefined && creatorIn(parent)),
    role: role?.name,
    // a token bound to CIDRs cannot create one that is not
    boundCidrs: role?.boundCidrs.length ? role.boundCidrs : parent.boundCidrs,
    renewable: given.renewable && (role?.renewable ?? true) && life.ttl > 0,
    ttl: life.ttl,
    period: life.period,
    explicitMaxTtl: life.explicitMaxTtl,
    numUses: lesser(given.num_uses, role?.numUses),
    createdAt: now.getTime(),
    expiresAt: life.ttl > 0 ? now.getTime() + life.ttl * 1000 : undefined,
  })
  const asked = life.period > 0 ? 0 : given.ttl || given.lease
  const { warnings: cut = [] } = ttlWarning({ asked, given: life.ttl, longest: life.ttl })
  const warnings = [...(life.warnings ?? []), ...cut, ...(await missingPolicies(call, policies))]
  return {
    data: null,
    auth: authOf(token, secret, life.ttl),
    ...(warnings.length > 0 && { warnings }),
  }
}

interface Creator {
  readonly parent: Token
  /** The policies of the parent grant `sudo` on the requested path. */
  readonly sudo: boolean
}

async function hasSudo(core: Core, call: Call): Promise<boolean> {
  const acl = await core.policies.acl(call.tx, { ...callerOf(call), render: call.render })
  return acl.judge({ operation: 'update', path: call.path, data: {} }).sudo
}

function requireAllowed({ given, role }: TokenRequest, { parent, sudo }: Creator): void {
  const only = (action: string) =>
    new ApiError('invalid', `root or sudo privileges required to ${action}`)
  if (parent.numUses !== 0)
    throw new ApiError('invalid', 'restricted use token cannot generate child tokens')
  tokenTypeOf(given.type, ['service', ''])
  if (given.num_uses < 0) throw new ApiError('invalid', 'number of uses cannot be negative')
  if (given.entity_alias !== '')
    throw new ApiError(
      'invalid',
      role
        ? "'entity_alias' is not supported"
        : "'entity_alias' is only allowed in combination with token role",
    )
  if (given.no_parent && !sudo) throw only('create orphan token')
  if (given.period > 0 && !sudo) throw only('create periodic token')
  if (given.id === '') return
  if (!sudo) throw only('specify token id')
  // the value must fit into a header
  if (!/^[\x21-\x7e]+$/.test(given.id))
    throw new ApiError('invalid', 'custom token ID must be of printable ASCII characters')
  if (given.id.includes('.'))
    throw new ApiError('invalid', "custom token ID cannot have a '.' in the value")
}

function policiesFor({ given, role }: TokenRequest, { parent, sudo }: Creator): readonly string[] {
  return parseAs('', () =>
    policiesOfNew({
      policies: given.policies,
      withoutDefault: given.no_default_policy,
      parent: parent.policies,
      sudo,
      role,
    }),
  )
}

function newLife(
  { given, role }: TokenRequest,
  { policies, parent, call }: { policies: readonly string[]; parent: Token; call: Call },
): Life {
  return parseAs('', () =>
    lifeOf({
      ttl: given.ttl || given.lease,
      period: lesser(given.period, role?.period),
      explicitMaxTtl: lesser(given.explicit_max_ttl, role?.explicitMaxTtl),
      isRoot: policies.includes('root'),
      parentEnds: parent.expiresAt !== undefined,
      mount: call.mount,
    }),
  )
}

async function missingPolicies({ tx }: Call, policies: readonly string[]) {
  const missing: string[] = []
  for (const name of policies)
    if (name !== 'root' && (await readPolicy(tx, name)) === undefined) missing.push(name)
  return missing.map(name => `Policy ${JSON.stringify(name)} does not exist`)
}
