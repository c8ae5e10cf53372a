import { boolean, duration, integer, list, map, string, type Values } from '../../shared/field.ts'
import { Secret } from '../../shared/secret.ts'
import { type Auth, type Call, callerOf, effectiveTtl, type Reply } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { findToken, newToken, putToken, type Token, tokenHash } from '../token/tokens.ts'
import { cutShort } from './cut-short.ts'

const fields = {
  id: string({ default: '', description: 'The token to be, instead of a random one.' }),
  policies: list({
    default: [],
    description: 'Policies of the token. Those of the caller when left out.',
  }),
  meta: map({
    description: 'Names and texts that are kept with the token and shown in the audit log.',
  }),
  ttl: duration({ default: 0, description: 'How long the token lives.' }),
  lease: duration({ default: 0, description: 'Older name of ttl.' }),
  explicit_max_ttl: duration({
    default: 0,
    description: 'How long the token may live at the most, renewed or not.',
  }),
  period: duration({
    default: 0,
    description: 'Every renewal gives the token this long again, for ever.',
  }),
  no_parent: boolean({
    default: false,
    description: 'The token does not go with the token that makes it.',
  }),
  no_default_policy: boolean({ default: false, description: 'Leaves out the policy "default".' }),
  display_name: string({ default: '', description: 'Name by which people know the token.' }),
  num_uses: integer({
    default: 0,
    description: 'Requests the token is good for; 0 for any number.',
  }),
  renewable: boolean({ default: true, description: 'Whether the token can be renewed.' }),
  type: string({ default: 'service', description: 'Type of the token: "service".' }),
  entity_alias: string({ description: 'Accepted for compatibility.' }),
}

type Given = Values<typeof fields>

/** `create` and `create-orphan`: a token made by a token. Contract §4.4. */
export const tokenCreate = (['create', 'create-orphan'] as const).map(path =>
  endpoint({
    path,
    summary: 'Creates a token.',
    description:
      'The token is a child of the one that makes it and goes with it, unless it is an orphan. It can have no policy its parent has not.',
    fields,
    operations: {
      update: (given, call) =>
        create({ ...given, no_parent: given.no_parent || path === 'create-orphan' }, call),
    },
  }),
)

async function create(given: Given, call: Call): Promise<Reply> {
  const { tx, now, mount, path } = call
  const parent = await findToken(tx, callerOf(call).token, now)
  if (!parent) throw new ApiError('denied', 'permission denied')
  requireAllowed(given, parent)

  const secret = given.id === '' ? newToken() : new Secret(given.id)
  const hash = tokenHash(mount.salt, secret)
  if (given.id !== '' && (await findToken(tx, hash, now)))
    throw new ApiError('invalid', 'cannot create a token with a duplicate ID')

  const policies = policiesOf(given, parent)
  const ttl = ttlOf(given, policies, call)
  const token = putToken(tx, {
    hash,
    parent: given.no_parent ? undefined : parent.hash,
    path,
    displayName: displayName(given.display_name),
    policies,
    metadata: metadataOf(given.meta),
    entity: given.no_parent ? undefined : parent.entity,
    renewable: given.renewable && ttl > 0,
    ttl,
    period: given.period,
    explicitMaxTtl: given.explicit_max_ttl,
    numUses: given.num_uses,
    createdAt: now.getTime(),
    expiresAt: ttl > 0 ? now.getTime() + ttl * 1000 : undefined,
  })
  return {
    data: null,
    auth: authOf(token, secret, ttl),
    ...cutShort({ asked: askedTtl(given), given: ttl, longest: ttl }),
  }
}

/** A token as the `auth` part of a reply. */
export const authOf = (token: Token, clientToken: Secret, ttl: number): Auth => ({
  clientToken,
  accessor: token.accessor,
  policies: token.policies,
  metadata: token.metadata,
  entity: token.entity,
  ttl,
  renewable: token.renewable,
  orphan: token.parent === undefined,
  numUses: token.numUses,
})

function requireAllowed(given: Given, parent: Token): void {
  const isRoot = parent.policies.includes('root')
  const only = (action: string) =>
    new ApiError('invalid', `root or sudo privileges required to ${action}`)
  if (parent.numUses !== 0)
    throw new ApiError('invalid', 'restricted use token cannot generate child tokens')
  if (given.type !== 'service')
    throw new ApiError('invalid', `token type "${given.type}" is not supported: use "service"`)
  if (given.num_uses < 0) throw new ApiError('invalid', 'number of uses cannot be negative')
  if (given.no_parent && !isRoot) throw only('create orphan token')
  if (given.period > 0 && !isRoot) throw only('create periodic token')
  if (given.id !== '' && !isRoot) throw only('specify token id')
  if (given.id.includes('.'))
    throw new ApiError('invalid', "custom token ID cannot have a '.' in the value")
}

function policiesOf(
  { policies, no_default_policy: without }: Given,
  parent: Token,
): readonly string[] {
  const isRoot = parent.policies.includes('root')
  if (policies.length === 0) return parent.policies
  const wanted = new Set(policies.map(policy => policy.toLowerCase()))
  if (!isRoot && ![...wanted].every(policy => parent.policies.includes(policy)))
    throw new ApiError('invalid', 'child policies must be subset of parent')
  if (wanted.has('root')) return ['root']
  if (!without && (isRoot || parent.policies.includes('default'))) wanted.add('default')
  return [...wanted].sort()
}

const askedTtl = ({ period, ttl, lease }: Given) => period || ttl || lease

function ttlOf(given: Given, policies: readonly string[], { mount }: Call): number {
  const asked = askedTtl(given)
  if (asked === 0 && given.explicit_max_ttl === 0 && policies.includes('root')) return 0
  if (given.period > 0) return given.period
  return effectiveTtl(mount, { ttl: asked, maxTtl: given.explicit_max_ttl })
}

const displayName = (name: string) =>
  name === '' ? 'token' : `token-${name.replace(/[^a-zA-Z0-9-]+/g, '-').replace(/^-|-$/g, '')}`

function metadataOf(meta: Readonly<Record<string, unknown>> | undefined) {
  if (!meta) return null
  return Object.fromEntries(Object.entries(meta).map(([key, value]) => [key, String(value)]))
}
