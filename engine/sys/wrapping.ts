import { string } from '../../shared/field.ts'
import { Secret } from '../../shared/secret.ts'
import type { Call } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import type { Core } from '../core/core.ts'
import { tokenMount } from '../core/token-mount.ts'
import { wrap } from '../core/wrap.ts'
import { deleteToken, findToken, tokenHash } from '../token/tokens.ts'
import { findWrapped, takeWrapped } from '../wrapping/wrapped.ts'

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
      read: (given, call) => lookup(core, given, call),
      update: (given, call) => lookup(core, given, call),
    },
  }),
  endpoint({
    path: 'wrapping/unwrap',
    access: 'public',
    summary: 'Gives out a wrapped reply, once.',
    description: 'Answers with the reply as it would have been sent. The token is good no more.',
    fields: { token },
    operations: {
      async update(given, call) {
        const { reply } = await taken(core, given.token, call)
        return { bare: { status: 200, body: reply.body } }
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
      async update(given, call) {
        const { reply, accessor } = await taken(core, given.token, call)
        const wrapped = wrap(core, call.tx, { ...reply, accessor, createdAt: call.now.getTime() })
        return { wrapped }
      },
    },
  }),
  endpoint({
    path: 'wrapping/wrap',
    summary: 'Wraps what is sent.',
    description: 'Answers with the data of the request, and so asks for response wrapping.',
    takesAll: true,
    fields: {},
    operations: {
      async update(_, { sent, wrapTtl }) {
        if (!wrapTtl)
          throw new ApiError('invalid', 'endpoint requires response wrapping to be used')
        // not at the top of the body, where it could pass for what the server says
        return { data: sent }
      },
    },
  }),
]

const invalid = () => new ApiError('invalid', 'wrapping token is not valid or does not exist')

/** Hash of the token that is meant. @throws {ApiError} invalid, if it is no longer good */
async function meant(core: Core, text: string, { tx, now, presented }: Call): Promise<string> {
  const secret = text === '' ? presented : new Secret(text)
  const hash = secret && tokenHash(tokenMount(core.mounts).salt, secret)
  const live = hash && (await findToken(tx, hash, now))
  if (!live) throw invalid()
  return hash
}

async function lookup(core: Core, given: { readonly token: string }, call: Call) {
  const reply = await findWrapped(call.tx, await meant(core, given.token, call))
  if (!reply) throw invalid()
  return {
    data: {
      creation_path: reply.path,
      creation_time: new Date(reply.createdAt).toISOString(),
      creation_ttl: reply.ttl,
    },
  }
}

/** The reply, which nobody else will get. */
async function taken(core: Core, text: string, call: Call) {
  const hash = await meant(core, text, call)
  const reply = await takeWrapped(call.tx, hash)
  if (!reply) throw invalid()
  await deleteToken(call.tx, hash)
  return { reply, accessor: accessorIn(reply.body) }
}

/** The accessor of the token that a wrapped reply gives, if it gives one. */
function accessorIn(body: object): string | undefined {
  if (!('auth' in body) || typeof body.auth !== 'object' || body.auth === null) return undefined
  const { accessor } = body.auth as { readonly accessor?: unknown }
  return typeof accessor === 'string' ? accessor : undefined
}
