import { ApiError } from '../../api/errors.ts'

/** @throws {ApiError} invalid, if credentials of a role would be valid for longer than it allows */
export function requireLifetimes({
  ttl,
  max_ttl: maxTtl,
}: {
  readonly ttl: number
  readonly max_ttl: number
}): void {
  if (ttl !== 0 && maxTtl !== 0 && ttl > maxTtl)
    throw new ApiError('invalid', '"ttl" value must be less than "max_ttl" when both are specified')
}
