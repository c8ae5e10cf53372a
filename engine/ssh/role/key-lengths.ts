import { ApiError } from '../../api/errors.ts'

const invalid = (message: string) => new ApiError('invalid', message)

/** Key type to allowed sizes, from a number or a list for each type. Contract §2.11. @throws {ApiError} invalid */
export function keyLengths(
  given: Readonly<Record<string, unknown>>,
): Record<string, readonly number[]> {
  const lengths = Object.entries(given).map(([type, sizes]) => {
    const numbers = (Array.isArray(sizes) ? sizes : [sizes]).map(sizeOf)
    if (!numbers.every(Number.isInteger))
      throw invalid(
        `error processing allowed_user_key_lengths: sizes of "${type}" must be whole numbers`,
      )
    return [type, numbers] as const
  })
  return Object.fromEntries(lengths)
}

const sizeOf = (size: unknown): number =>
  typeof size === 'number' || typeof size === 'string' ? Number(size) : Number.NaN
