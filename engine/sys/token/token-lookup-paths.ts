import { longRest } from '../../../shared/field.ts'
import { Secret } from '../../../shared/secret.ts'
import { type Call, callerOf } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Reply } from '../../api/reply.ts'
import { saltedHash } from '../../api/salted-hash.ts'
import { accessors, findCallersToken, findToken, type Token } from '../../token/tokens.ts'
import { describeToken } from './token-description.ts'
import { accessor, namedToken, token } from './token-reference.ts'

/** The `lookup` paths and `accessors`. Contract §4.4. */
export const tokenLookup = [
  endpoint({
    path: 'lookup',
    summary: 'Looks up a token.',
    description: 'Returns the properties of a token. The lookup does not count as a use of it.',
    fields: { token },
    operations: {
      update: async function lookUpToken({ token: text }, call) {
        return lookup(await presented(text, call), text, call)
      },
    },
  }),
  endpoint({
    path: 'lookup/:token',
    summary: 'Looks up a token.',
    description: 'Older form of lookup, with the token in the path, where logs may show it.',
    fields: { token: longRest({ default: '', description: 'The token.' }) },
    operations: {
      read: async function lookUpTokenInPath({ token: text }, call) {
        return lookup(await presented(text, call), text, call)
      },
    },
  }),
  endpoint({
    path: 'lookup-self',
    summary: "Looks up the caller's token.",
    description: 'Returns the properties of the token.',
    fields: { token },
    operations: { read: lookUpOwnToken, update: lookUpOwnToken },
  }),
  endpoint({
    path: 'lookup-accessor',
    summary: 'Looks up the token of an accessor.',
    description: 'Returns the properties of the token, but not its value.',
    fields: { accessor },
    operations: {
      update: async function lookUpTokenAccessor({ accessor: name }, call) {
        const caller = callerOf(call)
        const isOwn = name === caller.accessor
        const found = isOwn ? await inUse(caller.token, call) : await namedToken(name, call)
        return lookup(found, '', call)
      },
    },
  }),
  endpoint({
    path: 'accessors',
    sudo: true,
    summary: 'Lists the accessors of all tokens.',
    description:
      'An accessor can be used to look up, renew or revoke a token, but not to make requests.',
    fields: {},
    operations: {
      list: async function listTokenAccessors(_, { tx }) {
        return { data: { keys: await accessors(tx) } }
      },
    },
  }),
]

const presented = (text: string, call: Call) =>
  inUse(saltedHash(call.mount.salt, new Secret(text)), call)

async function lookUpOwnToken(_: object, call: Call): Promise<Reply> {
  const { token: hash, secret } = callerOf(call)
  return lookup(await inUse(hash, call), secret.reveal(), call)
}

/** A valid token. That of the caller is found even in its last use. */
async function inUse(hash: string, call: Call): Promise<Token> {
  const { tx, now } = call
  const caller = callerOf(call)
  const found =
    hash === caller.token ? await findCallersToken(tx, caller, now) : await findToken(tx, hash, now)
  if (!found) throw new ApiError('denied', 'bad token')
  return found
}

const lookup = (found: Token, id: string, call: Call): Reply => ({
  data: { id, ...describeToken(found, call) },
})
