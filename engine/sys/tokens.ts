import { duration, rest, string } from '../../shared/field.ts'
import { Secret } from '../../shared/secret.ts'
import { type Call, callerOf, type Reply } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import type { Engine } from '../api/engine.ts'
import { ApiError } from '../api/errors.ts'
import type { Core } from '../core/core.ts'
import { revokeToken } from '../core/revoke.ts'
import { tidyTokens } from '../core/tidy-tokens.ts'
import { findTokenRole } from '../token/token-roles.ts'
import {
  accessors,
  childTokens,
  extendToken,
  findToken,
  orphanToken,
  type Token,
  tokenHash,
  tokenOfAccessor,
} from '../token/tokens.ts'
import { authOf, tokenCreate } from './token-create.ts'
import { describeToken } from './token-description.ts'
import { tokenRoles } from './token-roles.ts'

const token = string({ default: '', description: 'The token that is meant.' })
const accessor = string({ default: '', description: 'Accessor of the token that is meant.' })
const increment = duration({
  default: 0,
  description: 'How long the token shall live from now. As long as it was made for, when left out.',
})

/** The engine behind `auth/token`: tokens that are made by tokens. Contract §4.4. */
export const tokens = (core: Core): Engine => ({
  type: 'token',
  description:
    'The token engine makes, shows, renews and revokes the tokens that requests are made with.',
  revoke: {},
  endpoints: [
    ...tokenCreate(core),
    ...tokenRoles,
    endpoint({
      path: 'lookup',
      summary: 'Shows a token.',
      description: 'Answers with what is known of the token. It does not count as a use of it.',
      fields: { token },
      operations: {
        update: async ({ token: text }, call) => lookup(await presented(text, call), text, call),
      },
    }),
    endpoint({
      path: 'lookup/:token',
      summary: 'Shows a token.',
      description: 'Older form of lookup, with the token in the path, where logs may show it.',
      fields: { token: rest({ default: '', description: 'The token that is meant.' }) },
      operations: {
        read: async ({ token: text }, call) => lookup(await presented(text, call), text, call),
      },
    }),
    ...lookupSelf(),
    endpoint({
      path: 'lookup-accessor',
      summary: 'Shows the token that an accessor names.',
      description: 'Answers with what is known of the token, but not with the token.',
      fields: { accessor },
      operations: {
        update: async ({ accessor: name }, call) => lookup(await named(name, call), '', call),
      },
    }),
    endpoint({
      path: 'accessors',
      sudo: true,
      summary: 'Lists the accessors of all tokens.',
      description: 'An accessor shows and revokes a token, but is not good for requests.',
      fields: {},
      operations: {
        async list(_, { tx }) {
          return { data: { keys: await accessors(tx) } }
        },
      },
    }),
    endpoint({
      path: 'renew',
      summary: 'Renews a token.',
      description: 'Moves the end of the token, no further than its maximum allows.',
      fields: { token, increment },
      operations: {
        async update({ token: text, increment: wanted }, call) {
          const found = await findToken(
            call.tx,
            tokenHash(call.mount.salt, new Secret(text)),
            call.now,
          )
          return renew(found, new Secret(text), wanted, call)
        },
      },
    }),
    endpoint({
      path: 'renew-self',
      summary: 'Renews the token of the caller.',
      description: 'Moves the end of the token, no further than its maximum allows.',
      fields: { increment, token },
      operations: {
        async update({ increment: wanted }, call) {
          return renew(await self(call), callerOf(call).secret, wanted, call)
        },
      },
    }),
    endpoint({
      path: 'renew-accessor',
      summary: 'Renews the token that an accessor names.',
      description: 'Moves the end of the token, no further than its maximum allows.',
      fields: { accessor, increment },
      operations: {
        async update({ accessor: name, increment: wanted }, call) {
          return renew(await named(name, call), new Secret(''), wanted, call)
        },
      },
    }),
    endpoint({
      path: 'revoke',
      summary: 'Revokes a token.',
      description: 'The token, all that it has made and all of its leases end at once.',
      fields: { token },
      operations: {
        async update({ token: text }, { mount }) {
          return { after: () => revokeToken(core, tokenHash(mount.salt, new Secret(text))) }
        },
      },
    }),
    endpoint({
      path: 'revoke-self',
      summary: 'Revokes the token of the caller.',
      description: 'The token, all that it has made and all of its leases end at once.',
      fields: {},
      operations: {
        async update(_, call) {
          return { after: () => revokeToken(core, callerOf(call).token) }
        },
      },
    }),
    endpoint({
      path: 'revoke-accessor',
      summary: 'Revokes the token that an accessor names.',
      description: 'The token, all that it has made and all of its leases end at once.',
      fields: { accessor },
      operations: {
        async update({ accessor: name }, call) {
          const found = await tokenOfAccessor(call.tx, name, call.now)
          if (!found) return { warnings: ['No token found with this accessor'] }
          return { after: () => revokeToken(core, found.hash) }
        },
      },
    }),
    endpoint({
      path: 'revoke-orphan',
      sudo: true,
      summary: 'Revokes a token, but not the tokens that it has made.',
      description: 'Those live on as orphans. The leases of the token end with it.',
      fields: { token },
      operations: {
        async update({ token: text }, { tx, now, mount }) {
          const found = await findToken(tx, tokenHash(mount.salt, new Secret(text)), now)
          if (!found) throw new ApiError('invalid', 'token to revoke not found')
          for (const child of await childTokens(tx, found.hash)) await orphanToken(tx, child)
          return { after: () => revokeToken(core, found.hash) }
        },
      },
    }),
    endpoint({
      path: 'tidy',
      summary: 'Looks through all accessors, and forgets those whose token is gone.',
      description: 'It goes on behind the answer; the log says what was found.',
      fields: {},
      operations: {
        async update() {
          return {
            bare: { status: 202, body: undefined },
            after: async () => void tidyTokens(core),
          }
        },
      },
    }),
  ],
})

function lookupSelf() {
  const showSelf = async (_: object, call: Call) =>
    lookup(await self(call), callerOf(call).secret.reveal(), call)
  return [
    endpoint({
      path: 'lookup-self',
      summary: 'Shows the token of the caller.',
      description: 'Answers with what is known of the token.',
      fields: { token },
      operations: { read: showSelf, update: showSelf },
    }),
  ]
}

/** The token of the caller, as it is in this transaction. */
async function self(call: Call): Promise<Token> {
  const found = await findToken(call.tx, callerOf(call).token, call.now)
  if (!found) throw new ApiError('denied', 'permission denied')
  return found
}

async function presented(text: string, { tx, mount, now }: Call): Promise<Token> {
  const found = await findToken(tx, tokenHash(mount.salt, new Secret(text)), now)
  if (!found) throw new ApiError('denied', 'bad token')
  return found
}

async function named(name: string, { tx, now }: Call): Promise<Token> {
  const found = name === '' ? undefined : await tokenOfAccessor(tx, name, now)
  if (!found) throw new ApiError('invalid', 'invalid accessor')
  return found
}

const lookup = (found: Token, id: string, call: Call): Reply => ({
  data: { id, ...describeToken(found, call) },
})

async function renew(
  found: Token | undefined,
  secret: Secret,
  wanted: number,
  call: Call,
): Promise<Reply> {
  if (!found) throw new ApiError('invalid', 'token not found')
  const { tx, now, mount } = call
  if (found.role !== undefined && !(await findTokenRole(tx, found.role)))
    throw new ApiError(
      'invalid',
      `original token role ${JSON.stringify(found.role)} could not be found, not renewing`,
    )
  if (!found.renewable || found.expiresAt === undefined)
    throw new ApiError('invalid', 'lease is not renewable')
  const longest = [
    found.period > 0 ? Number.POSITIVE_INFINITY : (found.maxTtl ?? mount.maxTtl),
    found.explicitMaxTtl || Number.POSITIVE_INFINITY,
  ]
  const last = found.createdAt + Math.min(...longest) * 1000
  const asked = now.getTime() + (found.period || wanted || found.ttl) * 1000
  const expiresAt = Math.min(asked, last)
  if (expiresAt <= now.getTime()) throw new ApiError('invalid', 'past the max TTL, cannot renew')
  const renewed = extendToken(tx, found, expiresAt, now)
  return {
    data: null,
    auth: authOf(renewed, secret, Math.round((expiresAt - now.getTime()) / 1000)),
  }
}
