import { isSignedBy, parsePublicKey } from '../../shared/ed25519.ts'
import { replyText, type SignedReply } from '../../shared/verify-signature.ts'
import type { Answer } from './test-engine.ts'

export const NONCE = 'a'.repeat(32)

/** What an answer says; at the mount `otp` and to {@link NONCE}, if it is not said. */
type Said = Pick<SignedReply, 'otp' | 'decision'> & Partial<SignedReply>

interface Asked {
  readonly requestId: string
  /** The answer of `verify/keys`. */
  readonly keys: Answer['body']
}

/** Whether a part of an answer carries the signature of one of the listed keys over what it says. */
export function isSignedReply(
  part: Answer['body'],
  { requestId, keys }: Asked,
  said: Said,
): boolean {
  const listed = keys.keys.find((each: { key_id: string }) => each.key_id === part.key_id)
  const text = replyText({
    ...{ mount: 'otp', nonce: NONCE, reason: '', username: '', ip: '', role: '' },
    ...{ time: part.time, requestId },
    ...said,
  })
  return isSignedBy(parsePublicKey(listed.public_key), text, part.signature)
}
