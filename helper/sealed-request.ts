import { ECHO_REQUEST } from '../shared/otp.ts'
import { sealSecret } from '../shared/sealed-secret.ts'
import { Secret } from '../shared/secret.ts'
import { type VerifyRequest, writeVerifyRequest } from '../shared/verification.ts'
import type { SignatureRules } from './check-signature.ts'

/**
 * The body of a request. Where the answer must be signed, the password is encrypted for the keys that may sign it: somebody in the
 * engine's place could otherwise hold the request back, and log in with the password. All such bodies have one length.
 */
export function bodyOf(request: VerifyRequest, { mount, keys }: SignatureRules): string {
  const { otp, nonce } = request
  if (!keys || nonce === undefined) return writeVerifyRequest(request)
  const sealed = Object.fromEntries(
    keys.map(key => [key.id, sealSecret(otp, key, { kind: 'otp', mount, nonce })] as const),
  )
  return writeVerifyRequest({ ...request, otp: shownOf(otp), sealed })
}

/** The echo is answered to everybody, and is no secret. */
const shownOf = (otp: Secret): Secret =>
  otp.reveal() === ECHO_REQUEST ? otp : new Secret('-'.repeat(otp.reveal().length))
