import { HOST_HEADERS } from './host-signature.ts'
import { signedText } from './signed-text.ts'

/** The headers by which a host knows that the engine has given this list to its request, which has a nonce. */
export const LIST_HEADERS = {
  keyId: 'x-postern-key-id',
  signature: HOST_HEADERS.signature,
} as const

/** What is signed of a list that hosts fetch, and of the answer that it has not changed. */
export interface SignedList {
  /** Where the SSH engine is mounted, without slashes at the ends. */
  readonly mount: string
  /** Of the request, in the header that hosts send theirs in. */
  readonly nonce: string
  /** Below the mount: which list it is. */
  readonly path: string
  /** Of HTTP. */
  readonly status: number
  /** Strong. */
  readonly etag: string
  /** `bodyDigest` of host-signature.ts */
  readonly bodyDigest: string
}

/** What the engine signs, and what the helper builds anew from what it sent and received. docs/decisions/0032-signed-replies.md */
export const listText = (list: SignedList): Buffer =>
  signedText('postern-list-v1', [
    list.mount,
    list.nonce,
    list.path,
    String(list.status),
    list.etag,
    list.bodyDigest,
  ])
