import { ECHO_REQUEST, LONGEST_OTP } from '../shared/otp.ts'
import { Secret } from '../shared/secret.ts'
import type { VerifyRequest } from '../shared/verification.ts'

/**
 * The request that replaces one that must not leave the host, so that timing does not tell the two apart: the engine answers with its
 * echo, and redeems nothing. It has the same length, and contains neither what was typed nor the name of the user.
 */
export const decoyOf = ({ username = '', ...rest }: Omit<VerifyRequest, 'otp'>): VerifyRequest =>
  ofOneLength({
    otp: new Secret(ECHO_REQUEST),
    username: '-'.repeat(Buffer.byteLength(JSON.stringify(username)) - 2),
    ...rest,
  })

/** The request with a longer nonce where its password is not the longest: all requests for a login have the same length. */
export const ofOneLength = ({ otp, nonce = '', ...rest }: VerifyRequest): VerifyRequest => ({
  otp,
  ...rest,
  nonce: nonce + '0'.repeat(LONGEST_OTP - otp.reveal().length),
})
