import { isSignedBy, type PublicKey } from '../shared/ed25519.ts'
import type { VerifyRefusal, VerifyReply, VerifyRequest } from '../shared/verification.ts'
import { replyText, type SignedReply } from '../shared/verify-signature.ts'
import { Refusal } from './refusal.ts'

/** The mount that is asked, and the keys that it may sign with; undefined where nothing has to be signed. */
export interface SignatureRules {
  readonly mount: string
  readonly keys: readonly PublicKey[] | undefined
}

/**
 * Checks that the engine has given this answer to this request.
 * @throws {Refusal} if it must be signed, and is not, or not by one of the keys, or says something else than what was signed
 */
export function requireSigned(
  answer: VerifyReply | VerifyRefusal,
  request: VerifyRequest,
  { mount, keys }: SignatureRules,
): void {
  if (!keys) return
  const { signature } = answer
  if (!signature || request.nonce === undefined)
    throw new Refusal('protocol', 'the answer is not signed, and verify_keys is set')
  const key = keys.find(({ id }) => id === signature.keyId)
  if (!key)
    throw new Refusal(
      'protocol',
      `the answer is signed with the key ${JSON.stringify(signature.keyId)}, which is none of verify_keys`,
    )
  const { time, requestId } = signature
  const asked = { mount, nonce: request.nonce, otp: request.otp, time, requestId }
  if (!isSignedBy(key, replyText({ ...asked, ...saidBy(answer) }), signature.signature))
    throw new Refusal(
      'protocol',
      'the signature is not that of this answer: it was changed on its way, or answers another request or mount',
    )
}

type Said = Pick<SignedReply, 'decision' | 'reason' | 'username' | 'ip' | 'host' | 'role'>

function saidBy(answer: VerifyReply | VerifyRefusal): Said {
  // all of them, as the log shows them: one that was added on the way is not signed
  if ('errors' in answer)
    return { ...NOBODY, decision: 'refused', reason: answer.errors.join('; ') }
  if (answer.kind === 'echo') return { ...NOBODY, decision: 'echo', reason: '' }
  const { username, ip = '', host, role } = answer
  return { decision: 'allowed', reason: '', username, ip, host, role }
}

const NOBODY = { username: '', ip: '', role: '' }
