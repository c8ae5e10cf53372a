import type { Reply } from '../../api/reply.ts'
import type { Request } from '../../api/request.ts'
import { saltedHash } from '../../api/salted-hash.ts'
import type { Tx } from '../../storage/transact.ts'
import { findToken } from '../../token/tokens.ts'
import type { Core } from '../core.ts'
import type { Mount } from '../mount.ts'
import { tokenMount } from '../token-mount.ts'
import { success } from './envelope.ts'
import { wrap } from './wrap.ts'

/** A reply and its request. */
interface WrappableReply {
  readonly request: Request
  readonly mount: Mount
  readonly reply: Reply
  readonly anonymous: boolean
}

/**
 * Wraps the reply if the client asked for it and the reply has content. Without a token only the reply to a login is wrapped, since other
 * clients could fill the store.
 */
export async function wrapIfAsked(core: Core, tx: Tx, given: WrappableReply): Promise<Reply> {
  const { request, mount, reply, anonymous } = given
  const { wrapTtl: ttl, path } = request
  if (!ttl || reply.wrapped || reply.refusal) return reply
  const { body } = success(request, mount, reply)
  if (body === undefined || (reply.bare && !isRaw(body))) return reply
  if (anonymous && !reply.auth && !(await hasToken(core, tx, request))) return reply
  const createdAt = core.now().getTime()
  const { bare: _, ...rest } = reply
  return { ...rest, wrapped: wrap(core, tx, { body, path, ttl, createdAt }) }
}

/** Text or bytes, such as a public key. Other replies without an envelope are about the server, and are not wrapped. */
const isRaw = (body: object | string): body is string | Uint8Array =>
  typeof body === 'string' || body instanceof Uint8Array

/** Whether a request that requires no token was sent with a valid one. */
async function hasToken({ mounts, now }: Core, tx: Tx, { token }: Request): Promise<boolean> {
  const hash = token && saltedHash(tokenMount(mounts).salt, token)
  return hash !== undefined && (await findToken(tx, hash, now())) !== undefined
}
