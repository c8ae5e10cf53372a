import { ApiError } from './errors.ts'

/** Parses a token type, which must be one of `types`. @throws {ApiError} invalid */
export function tokenTypeOf<const T extends string>(given: string, types: readonly T[]): T {
  const type = types.find(each => each === given)
  if (type !== undefined) return type
  throw new ApiError(
    'invalid',
    ['batch', 'default-batch'].includes(given)
      ? 'batch tokens are not supported'
      : `invalid 'token_type' value ${JSON.stringify(given)}: tokens are of type "service"`,
  )
}
