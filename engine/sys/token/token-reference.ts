import { string } from '../../../shared/field.ts'
import type { Call } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import { type Token, tokenOfAccessor } from '../../token/tokens.ts'

/** Two of the ways in which a request says which token it means. */
export const token = string({ default: '', description: 'The token that is meant.' })
export const accessor = string({
  default: '',
  description: 'Accessor of the token that is meant.',
})

/** The token that an accessor names. */
export async function namedToken(name: string, { tx, now }: Call): Promise<Token> {
  const found = name === '' ? undefined : await tokenOfAccessor(tx, name, now)
  if (!found) throw new ApiError('invalid', 'invalid accessor')
  return found
}
