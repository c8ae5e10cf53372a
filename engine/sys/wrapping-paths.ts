import { string } from '../../shared/field.ts'
import { Secret } from '../../shared/secret.ts'
import type { Call } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { saltedHash } from '../api/salted-hash.ts'
import type { Core } from '../core/core.ts'
import { wrap } from '../core/request/wrap.ts'
import { tokenMount } from '../core/token-mount.ts'
import { ownOf } from '../token/token-scope.ts'
import { deleteToken, findToken, type Token } from '../token/tokens.ts'
import { takeWrapped, WRAPPING_POLICY } from '../wrapping/wrapped.ts'

const token = string({
  default: '',
  description: 'The token of a wrapped reply; the token of the request when left out.',
})

/** `sys/wrapping`: replies that are kept back for one reader. Contract §4.7. */
export const wrapping = (core: Core) => [
  endpoint({
    path: 'wrapping/lookup',
    access: 'public',
    summary: 'Tells when and by which request a reply was wrapped.',
    description: 'The reply stays wrapped.',
    fields: { token },
    operations: {
      read: function lookUpWrappingToken(given, call) {
        return lookup(core, given, call)
      },
      update: function lookUpWrappingTokenInBody(given, call) {
        return lookup(core, given, call)
      },
    },
  }),
  endpoint({
    path: 'wrapping/unwrap',
    access: 'public',
    summary: 'Gives out a wrapped reply, once.',
    description: 'Answers with the reply as it would have been sent. The token is good no more.',
    fields: { token },
    operations: {
      update: async function unwrapResponse(given, call) {
        const { body } = await taken(core, given.token, call)
        return { bare: { status: 200, body } }
      },
    },
  }),
  endpoint({
    path: 'wrapping/rewrap',
    summary: 'Wraps a wrapped reply anew.',
    description:
      'The old token is good no more, the new one as long as the old one was at the beginning.',
    fields: { token },
    operations: {
      update: async function rewrapResponse(given, call) {
        const { body, path, ttl } = await taken(core, given.token, call)
        const createdAt = call.now.getTime()
        return { wrapped: wrap(core, call.tx, { body, path, ttl, createdAt }) }
      },
    },
  }),
  endpoint({
    path: 'wrapping/wrap',
    summary: 'Wraps what is sent.',
    description: 'Answers with the data of the request, and so asks for response wrapping.',
    acceptsAnyData: true,
    fields: {},
    operations: {
      update: async function wrapData(_, { sent, wrapTtl }) {
        if (!wrapTtl)
          throw new ApiError('invalid', 'endpoint requires response wrapping to be used')
        // not at the top of the body, where it could pass for what the server says
        return { data: sent }
      },
    },
  }),
]

const invalid = () => new ApiError('invalid', 'wrapping token is not valid or does not exist')

/** The token that is meant. @throws {ApiError} invalid, if it is no longer good, or wraps nothing */
async function meant(core: Core, text: string, { tx, now, presented }: Call): Promise<Token> {
  const secret = text === '' ? presented : new Secret(text)
  const token =
    secret && (await findToken(tx, saltedHash(tokenMount(core.mounts).salt, secret), now))
  // any other token may have written what it likes where a wrapped reply would be
  if (!token?.policies.includes(WRAPPING_POLICY)) throw invalid()
  return token
}

async function lookup(core: Core, given: { readonly token: string }, call: Call) {
  const { path, ttl, createdAt } = await meant(core, given.token, call)
  return {
    data: {
      creation_path: path,
      creation_time: new Date(createdAt).toISOString(),
      creation_ttl: ttl,
    },
  }
}

/** The reply, which nobody else will get, and what its token tells of it. */
async function taken(core: Core, text: string, call: Call) {
  const { hash, path, ttl } = await meant(core, text, call)
  const body = await takeWrapped(ownOf(call.tx, hash))
  if (!body) throw invalid()
  await deleteToken(call.tx, hash)
  return { body, path, ttl }
}
