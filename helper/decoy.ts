import { ECHO_REQUEST } from '../shared/otp.ts'
import { Secret } from '../shared/secret.ts'
import type { VerifyRequest } from '../shared/verification.ts'

/** How much shorter the word of the health check is than a one-time password. */
const SHORTER = 36 - ECHO_REQUEST.length

/**
 * What is asked in place of a question that must not leave the host, so that the two cannot be told apart by how long they take: the
 * engine says its echo, and redeems nothing. Equally long as the question, it has nothing of what was typed, nor of the user's name.
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
