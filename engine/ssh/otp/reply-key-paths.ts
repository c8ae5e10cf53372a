import { signText } from '../../../shared/ed25519.ts'
import { boolean, name } from '../../../shared/field.ts'
import { type KeySet, keySetText } from '../../../shared/verify-signature.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { requireFound } from '../../api/require-found.ts'
import { isKnownTag } from '../known-tag.ts'
import {
  activateReplyKey,
  privateKeyOf,
  type ReplyKey,
  type ReplyKeys,
  removeReplyKey,
  replyKeys,
  requireReplyKeys,
  stageReplyKey,
} from './reply-keys.ts'

/** `verify/keys`: the keys that the answers of `verify` are signed with, for the helpers of hosts. */
const keySet = endpoint({
  path: 'verify/keys',
  access: 'public',
  summary: 'Lists the keys that replies of verify are signed with.',
  description:
    'Answers with the public keys of this mount, each with its state, and the signature of every one of them over the whole set. Hosts that know one of them take the set over when their timer runs. Its ETag changes with every change.',
  fields: {},
  operations: {
    read: async function readReplyKeys(_, { tx, mount, ifNoneMatch }) {
      const all = requireFound(await replyKeys(tx))
      const etag = `"${mount.id}.${all.version}"`
      const headers = { ETag: etag }
      if (isKnownTag(etag, ifNoneMatch)) return { bare: { status: 304, body: undefined, headers } }
      return { data: describeSet(all, mount.id), headers }
    },
  },
})

/** `verify/rotate`: the next step of a rotation. */
const rotate = endpoint({
  path: 'verify/rotate',
  summary: 'Takes the next step in replacing the key that signs replies of verify.',
  description:
    'The first call makes a new key, which is published and signs nothing yet. When all hosts have fetched it, the second call has it sign; the key before it stays trusted until it is deleted at verify/keys/:key_id.',
  fields: {},
  operations: {
    update: async function rotateReplyKey(_, call) {
      const all = await requireReplyKeys(call)
      if (all.keys.length >= MOST)
        throw new ApiError(
          'invalid',
          `there are ${MOST} keys already: delete those at verify/keys that no host needs`,
        )
      const isStaged = all.keys.some(({ state }) => state === 'staged')
      if (isStaged) activateReplyKey(call.tx, all)
      else stageReplyKey(call.tx, all, call.now)
      return { data: describeSet(requireFound(await replyKeys(call.tx)), call.mount.id) }
    },
  },
})

/** A set stays small enough to be read at every login. */
const MOST = 8

const FORCE =
  'hosts that have not fetched the set since the key was replaced would refuse every login: send force=true when all have'

/** `verify/keys/:key_id`: takes a key out of the set. */
const oneKey = endpoint({
  path: 'verify/keys/:key_id',
  summary: 'Deletes a key that replies of verify were signed with.',
  description:
    'Hosts stop trusting it when they have fetched the new set. The key that signs cannot be deleted, and one that did so only with force.',
  fields: {
    key_id: name({ default: '', description: 'Id of the key, as verify/keys lists it.' }),
    force: boolean({
      default: false,
      description: 'Deletes a key that hosts may still need.',
    }),
  },
  operations: {
    delete: async function deleteReplyKey({ key_id: id, force }, { tx }) {
      const all = await replyKeys(tx)
      const key = all?.keys.find(each => each.id === id)
      if (!all || !key) return undefined
      if (key.state === 'active')
        throw new ApiError('invalid', 'this key signs: replace it first, with verify/rotate')
      if (key.state === 'retiring' && !force) throw new ApiError('invalid', FORCE)
      removeReplyKey(tx, all, id)
      return undefined
    },
  },
})

export const replyKeyPaths = [keySet, rotate, oneKey]

function describeSet({ version, keys }: ReplyKeys, mountId: Call['mount']['id']): object {
  const set: KeySet = {
    mountId,
    version,
    keys: keys.map(({ publicKey, state }) => ({ text: publicKey, state })),
  }
  const text = keySetText(set)
  return { mount_id: mountId, version, keys: keys.map(key => describeKey(key, text)) }
}

const describeKey = (key: ReplyKey, text: Buffer) => ({
  key_id: key.id,
  public_key: key.publicKey,
  state: key.state,
  created_time: new Date(key.createdAt).toISOString(),
  signature: signText(privateKeyOf(key), text),
})
