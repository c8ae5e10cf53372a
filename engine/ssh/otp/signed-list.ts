import { signText } from '../../../shared/ed25519.ts'
import { LIST_HEADERS, listText, type SignedList } from '../../../shared/list-signature.ts'
import type { Call } from '../../api/call.ts'
import { activeReplyKey, privateKeyOf } from './reply-keys.ts'

type Listed = Pick<SignedList, 'status' | 'etag' | 'bodyDigest'>

/** The headers of a list for hosts: signed for a request with a nonce, as other servers answer one without. */
export async function listHeaders(
  { tx, mount, path, nonce }: Pick<Call, 'tx' | 'mount' | 'path' | 'nonce'>,
  listed: Listed,
): Promise<Readonly<Record<string, string>>> {
  const key = nonce === undefined ? undefined : await activeReplyKey(tx)
  if (nonce === undefined || !key) return { ETag: listed.etag }
  const place = { mount: mount.path.replace(/\/$/, ''), path: path.slice(mount.path.length) }
  return {
    ETag: listed.etag,
    [LIST_HEADERS.keyId]: key.id,
    [LIST_HEADERS.signature]: signText(privateKeyOf(key), listText({ ...place, nonce, ...listed })),
  }
}
