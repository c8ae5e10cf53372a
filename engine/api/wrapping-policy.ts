import { ApiError } from './errors.ts'

/** The policy of wrapping tokens, which no other token can have. */
export const WRAPPING_POLICY = 'response-wrapping'

/** @throws {ApiError} invalid, if the policy of wrapping tokens is among these */
export function refuseWrappingPolicy(policies: readonly string[]): void {
  if (policies.includes(WRAPPING_POLICY))
    throw new ApiError('invalid', `cannot assign policy "${WRAPPING_POLICY}"`)
}
