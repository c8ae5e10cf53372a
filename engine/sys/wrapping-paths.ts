import { string } from '../../shared/field.ts'
import { Secret } from '../../shared/secret.ts'
import type { Call } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { saltedHash } from '../api/salted-hash.ts'
import { WRAPPING_POLICY } from '../api/wrapping-policy.ts'
import type { Core } from '../core/core.ts'
import { wrap } from '../core/request/wrap.ts'
import { tokenMount } from '../core/token-mount.ts'
import { tokenScope } from '../token/token-scope.ts'
import { deleteToken, findToken, type Token } from '../token/tokens.ts'
import { takeWrapped } from '../wrapping/wrapped.ts'

const token = string({
  default: '',
  description: 'The wrapping token. Defaults to the token of the request.',
})

/** `sys/wrapping`: response wrapping. Contract §4.7. */
export const wrapping = (core: Core) => [
  endpoint({
    path: 'wrapping/lookup',
    access: 'public',
    summary: 'Looks up a wrapping token.',
    description:
      'Returns when and for which path the response was wrapped. The response stays wrapped.',
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
    summary: 'Unwraps a response.',
    description: 'Returns the original response. The wrapping token is then no longer valid.',
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
    summary: 'Wraps a wrapped response again.',
    description:
      'Returns a new wrapping token with the original lifetime of the old one, which is then no longer valid.',
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
    summary: 'Wraps the data of the request.',
    description: 'Requires response wrapping, with the header X-Vault-Wrap-TTL.',
    acceptsAnyData: true,
    fields: {},
    operations: {
      update: async function wrapData(_, { sent, wrapTtl }) {
        if (!wrapTtl)
          throw new ApiError('invalid', 'endpoint requires response wrapping to be used')
        // not hoisted to the top of the body, where it could be mistaken for the server's own keys
        return { data: sent }
      },
    },
  }),
]

const invalid = () => new ApiError('invalid', 'wrapping token is not valid or does not exist')

/** The wrapping token that a request refers to. @throws {ApiError} invalid, if it is not valid, or not a wrapping token */
async function meant(core: Core, text: string, { tx, now, presented }: Call): Promise<Token> {
  const secret = text === '' ? presented : new Secret(text)
  const token =
    secret && (await findToken(tx, saltedHash(tokenMount(core.mounts).salt, secret), now))
  // the holder of any other token can write to that place in its cubbyhole
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

/** Takes the wrapped response, with its path and TTL, and deletes its token. */
async function taken(core: Core, text: string, call: Call) {
  const { hash, path, ttl } = await meant(core, text, call)
  const body = await takeWrapped(tokenScope(call.tx, hash))
  if (!body) throw invalid()
  await deleteToken(call.tx, hash)
  return { body, path, ttl }
}
