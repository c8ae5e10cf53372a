import { isSignedBy, parsePublicKey, signText } from '../../../shared/ed25519.ts'
import { keyInEnrollToken } from '../../../shared/enroll-token.ts'
import { keyValues, string } from '../../../shared/field.ts'
import {
  type Enrolled,
  enrolledText,
  enrollText,
  type ReplacedHost,
} from '../../../shared/host-signature.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import { parseAs } from '../../api/invalid-as.ts'
import { describeKeySet, keySetBytes } from '../otp/describe-key-set.ts'
import { presentedSecret } from '../otp/presented-secret.ts'
import { privateKeyOf, type ReplyKeys, requireReplyKeys } from '../otp/reply-keys.ts'
import { type EnrollToken, findEnrollToken, useEnrollToken } from './enroll-tokens.ts'
import { requireHostName } from './host-fields.ts'
import { findHost, type Host, putHost } from './hosts.ts'
import { putSeen, type SeenHosts } from './seen-hosts.ts'

/** The same for every fault of a token, so that trying teaches nothing. */
const REFUSED =
  'the token is not valid for this host: it was used, has expired, was issued for another name or address, or before the host or the key of replies was replaced'

const NONCE = /^[\x21-\x7e]{1,128}$/

/** `enroll`: takes a host in. Asked without a token of Vault's by the helper on a host. */
export const enroll = (seen: SeenHosts) =>
  endpoint({
    path: 'enroll',
    access: 'public',
    plainReplyKeys: ['name'],
    summary: 'Enrols a host.',
    description:
      'Stores the public key of a host that presents an enrolment token and proves that it has the private key. Answers with the keys that replies of verify are signed with, signed by each of them.',
    fields: {
      token: string({
        default: '',
        required: 'without sealed',
        description: 'The enrolment token.',
      }),
      sealed: keyValues({
        description:
          'The token, encrypted for keys of verify/keys, by their ids, in place of token.',
      }),
      name: string({
        default: '',
        plain: true,
        required: true,
        description: 'Name of the host, in lower case.',
      }),
      public_key: string({
        default: '',
        plain: true,
        required: true,
        description: 'The Ed25519 key of the host: "ed25519:" and its 32 bytes in base64.',
      }),
      nonce: string({
        default: '',
        required: true,
        description: 'Up to 128 printable characters, which the signature of the reply covers.',
      }),
      signature: string({
        default: '',
        required: true,
        description: 'Signature by that key over the hash of the token, name, key and nonce.',
      }),
    },
    operations: {
      update: async function enrollHost({ token: plain, sealed, signature, ...given }, call) {
        const key = parseAs('public_key: ', () => parsePublicKey(given.public_key))
        const name = requireHostName(given.name)
        if (!NONCE.test(given.nonce))
          throw new ApiError('invalid', 'nonce must be 1 to 128 printable characters')
        const asked = { name, publicKey: key.text, nonce: given.nonce }
        const keys = await requireReplyKeys(call)
        const sent = { kind: 'token', plain, sealed, nonce: asked.nonce } as const
        const text = presentedSecret(sent, keys, call.mount)?.reveal()
        if (text === undefined) throw new ApiError('invalid', REFUSED)
        if (!isSignedBy(key, enrollText({ ...asked, token: text }), signature))
          throw new ApiError('invalid', 'the signature is not that of public_key')
        const found = await findEnrollToken(call, text, name)
        if (!found) throw new ApiError('invalid', REFUSED)
        const before = await findHost(call.tx, name)
        // the answer was lost: the host is enrolled already, by this very token
        if (before?.publicKey === key.text && before.enrolled?.tokenId === found.id)
          return { data: replyTo(asked, keys, call) }
        if (!mayEnroll(found.token, before) || !isTrustedBy(text, keys))
          throw new ApiError('invalid', REFUSED)
        useEnrollToken(call.tx, found.id, found.token)
        await putHost(call, enrolledHost(asked, { ...found, before }, call))
        seen.forget(call, name)
        putSeen(call.tx, name, firstSeen(keys, call))
        return { data: replyTo({ ...asked, replaces: replacedBy(before) }, keys, call) }
      },
    },
  })

/** Which names there are is told to nobody who may not take them. A host that was enrolled or deleted since is not replaced. */
const mayEnroll = (token: EnrollToken, before: Host | undefined): boolean =>
  token.left > 0 && (token.isFleet ? !before : before?.publicKey === token.replaces)

/** Whether the host will trust the reply: the key in its token still signs the set. */
const isTrustedBy = (token: string, { keys }: ReplyKeys): boolean =>
  keys.some(({ publicKey }) => publicKey === keyInEnrollToken(token).text)

interface Asked {
  readonly name: string
  readonly publicKey: string
  readonly nonce: string
}

const enrolledHost = (
  { name, publicKey }: Asked,
  given: { readonly id: string; readonly token: EnrollToken; readonly before: Host | undefined },
  { now, address }: Call,
): Host => ({
  ...(given.before ?? { addresses: [], groups: given.token.groups }),
  name,
  publicKey,
  enrolled: {
    ...{ at: now.getTime(), from: address },
    ...{ tokenId: given.id, tokenBy: given.token.issuedBy },
  },
})

/** The host has the keys of the reply. */
const firstSeen = ({ version }: ReplyKeys, { now, address }: Call) => ({
  ...{ firstSeen: now.getTime(), lastSeen: now.getTime() },
  values: { verify_keys_version: [version, now.getTime()] as const },
  places: { [address]: now.getTime() },
})

function replyTo(asked: Enrolled, keys: ReplyKeys, { mount }: Call): object {
  const text = enrolledText(asked, keySetBytes(keys, mount.id))
  const signatures = keys.keys.map(key => [key.id, signText(privateKeyOf(key), text)])
  return {
    name: asked.name,
    ...describeKeySet(keys, mount.id),
    enrolled_signatures: Object.fromEntries(signatures),
    ...(asked.replaces && { replaces: asked.replaces }),
  }
}

/** Who had the name before. */
const replacedBy = (before: Host | undefined): ReplacedHost | undefined =>
  before?.publicKey === undefined
    ? undefined
    : {
        public_key: before.publicKey,
        enrolled_time: new Date(before.enrolled?.at ?? 0).toISOString(),
        enrolled_from: before.enrolled?.from ?? '',
      }
