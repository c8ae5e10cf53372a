import { signText } from '../../../shared/ed25519.ts'
import type { Secret } from '../../../shared/secret.ts'
import { replyText, type VerifyDecision } from '../../../shared/verify-signature.ts'
import type { Call } from '../../api/call.ts'
import { privateKeyOf, type ReplyKey } from './reply-keys.ts'

/** What an answer of `verify` says. */
interface Answered {
  readonly decision: VerifyDecision
  readonly reason?: string
  readonly username?: string
  readonly ip?: string
  /** In place of an address. */
  readonly host?: string | undefined
  readonly role?: string
}

/** The three fields by which a helper knows that the engine has given this answer to its request. */
export interface Signature {
  readonly key_id: string
  readonly time: string
  readonly signature: string
}

/** Signs the answers to one request. */
export type Signer = (answered: Answered) => Signature | undefined

/** The request that is answered. */
interface Asked extends Pick<Call, 'now' | 'requestId'> {
  readonly mountPath: string
  readonly nonce: string | undefined
  readonly otp: Secret
}

/** Signs with `key`; nothing for a request without a nonce, or where there is no key: that is answered as by other servers. */
export const signerFor =
  ({ now, requestId, mountPath, nonce, otp }: Asked, key: ReplyKey | undefined): Signer =>
  ({ decision, reason = '', username = '', ip = '', host, role = '' }) => {
    if (nonce === undefined || !key) return undefined
    const mount = mountPath.replace(/\/$/, '')
    const time = now.toISOString()
    const said = { decision, reason, username, ip, host, role, time, requestId }
    const text = replyText({ mount, nonce, otp, ...said })
    return { key_id: key.id, time, signature: signText(privateKeyOf(key), text) }
  }
