import { string } from '../../../shared/field.ts'
import type { Call } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import { type Token, tokenOfAccessor } from '../../token/tokens.ts'

/** The parameters by which a request refers to a token. */
export const token = string({ default: '', description: 'The token.' })
export const accessor = string({
  default: '',
  description: 'Accessor of the token.',
})

/** The token of an accessor. @throws {ApiError} invalid */
export async function namedToken(name: string, { tx, now }: Call): Promise<Token> {
  const found = name === '' ? undefined : await tokenOfAccessor(tx, name, now)
  if (!found) throw new ApiError('invalid', 'invalid accessor')
  return found
}
