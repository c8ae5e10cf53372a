import { boolean, name } from '../../../shared/field.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { isKnownTag } from '../../api/known-tag.ts'
import { requireFound } from '../../api/require-found.ts'
import { requireHost } from '../host/authenticate-host.ts'
import type { SeenHosts } from '../host/seen-hosts.ts'
import { unconfirmedHosts } from '../host/unconfirmed-hosts.ts'
import { describeKeySet } from './describe-key-set.ts'
import {
  activateReplyKey,
  type ReplyKey,
  removeReplyKey,
  replyKeys,
  requireReplyKeys,
  stageReplyKey,
} from './reply-keys.ts'

/** `verify/keys`: the keys that the answers of `verify` are signed with, for the helpers of hosts. */
const keySet = (seen: SeenHosts) =>
  endpoint({
    path: 'verify/keys',
    access: 'public',
    summary: 'Lists the keys that replies of verify are signed with.',
    description:
      'Answers with the public keys of this mount, each with its state, and the signature of every one of them over the whole set. Hosts that know one of them take the set over when their timer runs. Its ETag changes with every change.',
    fields: {},
    operations: {
      read: async function readReplyKeys(_, call) {
        await requireHost(call, seen)
        const { tx, mount, ifNoneMatch } = call
        const all = requireFound(await replyKeys(tx))
        const etag = `"${mount.id}.${all.version}"`
        const headers = { ETag: etag }
        if (isKnownTag(etag, ifNoneMatch))
          return { bare: { status: 304, body: undefined, headers } }
        return { data: describeKeySet(all, mount.id), headers }
      },
    },
  })

/** `verify/rotate`: the next step of a rotation. */
const rotate = (seen: SeenHosts) =>
  endpoint({
    path: 'verify/rotate',
    summary: 'Takes the next step in replacing the key that signs replies of verify.',
    description:
      'The first call makes a new key, which is published and signs nothing yet. When all hosts have fetched it, the second call has it sign; enrolled hosts that have not are listed in the refusal, and where no host is enrolled, it needs force; the key before it stays trusted until it is deleted at verify/keys/:key_id.',
    fields: {
      force: boolean({
        default: false,
        description: 'Has the new key sign although hosts have not confirmed that they have it.',
      }),
    },
    operations: {
      update: async function rotateReplyKey({ force }, call) {
        const all = await requireReplyKeys(call)
        if (all.keys.length >= MOST)
          throw new ApiError(
            'invalid',
            `there are ${MOST} keys already: delete those at verify/keys that no host needs`,
          )
        const staged = all.keys.find(({ state }) => state === 'staged')
        if (staged && !force && !(await requireConfirmed(staged, seen, call)))
          throw new ApiError('invalid', FORCE)
        if (staged) activateReplyKey(call.tx, all)
        else stageReplyKey(call.tx, all, call.now)
        return { data: describeKeySet(requireFound(await replyKeys(call.tx)), call.mount.id) }
      },
    },
  })

/** A set stays small enough to be read at every login. */
const MOST = 8

/** Where no host is enrolled, nothing is known of what hosts have fetched. */
const FORCE =
  'no host is enrolled, so nobody knows which hosts have fetched the new key; those that have not would refuse every login: send force=true when all have'

/** `verify/keys/:key_id`: takes a key out of the set. */
const oneKey = (seen: SeenHosts) =>
  endpoint({
    path: 'verify/keys/:key_id',
    summary: 'Deletes a key that replies of verify were signed with.',
    description:
      'Hosts stop trusting it when they have fetched the new set. The key that signs cannot be deleted, and one that did so only when all enrolled hosts have confirmed the new one, or with force.',
    fields: {
      key_id: name({ default: '', description: 'Id of the key, as verify/keys lists it.' }),
      force: boolean({
        default: false,
        description: 'Deletes a key that hosts may still need.',
      }),
    },
    operations: {
      delete: async function deleteReplyKey({ key_id: id, force }, call) {
        const { tx } = call
        const all = await replyKeys(tx)
        const key = all?.keys.find(each => each.id === id)
        if (!all || !key) return undefined
        if (key.state === 'active')
          throw new ApiError('invalid', 'this key signs: replace it first, with verify/rotate')
        const active = all.keys.find(({ state }) => state === 'active')
        if (
          key.state === 'retiring' &&
          !force &&
          !(await requireConfirmed(active ?? {}, seen, call))
        )
          throw new ApiError('invalid', FORCE)
        removeReplyKey(tx, all, id)
        return undefined
      },
    },
  })

export const replyKeyPaths = (seen: SeenHosts) => [keySet(seen), rotate(seen), oneKey(seen)]

/** @throws {ApiError} invalid, that lists the enabled hosts which are not known to have fetched the key */
async function requireConfirmed(
  { since = 1 }: Partial<ReplyKey>,
  seen: SeenHosts,
  call: Call,
): Promise<boolean> {
  const { names, isMore, enrolled } = await unconfirmedHosts(call, seen, since)
  if (names.length === 0) return enrolled > 0
  const more = isMore ? ', and more' : ''
  throw new ApiError(
    'invalid',
    `these hosts have not confirmed that they have the new key, and would refuse every login: ${names.join(', ')}${more}. Wait for their timers (postern-verify-keys), disable them, or send force=true`,
  )
}
