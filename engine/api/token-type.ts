import { ApiError } from './errors.ts'

/** One of the types of tokens that can be asked for in some place. @throws {ApiError} invalid */
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
