import { ECHO_REQUEST } from '../shared/otp.ts'
import { Secret } from '../shared/secret.ts'
import type { VerifyRequest } from '../shared/verification.ts'

/** Bytes by which the health check's text is shorter than a one-time password. */
const SHORTER = 36 - ECHO_REQUEST.length

/**
 * The request that replaces one that must not leave the host, so that timing does not tell the two apart: the engine answers with its
 * echo, and redeems nothing. It has the same length, and contains neither what was typed nor the name of the user.
 */
export const decoyOf = ({
  username = '',
  nonce = '',
  ...rest
}: Omit<VerifyRequest, 'otp'>): VerifyRequest => ({
  otp: new Secret(ECHO_REQUEST),
  username: '-'.repeat(Buffer.byteLength(JSON.stringify(username)) - 2),
  nonce: nonce + '0'.repeat(SHORTER),
  ...rest,
})
