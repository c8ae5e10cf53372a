import { Secret } from '../../../shared/secret.ts'
import { Failure } from '../failure.ts'

/** A token as requests send it; undefined for an empty text. @throws {Failure} without the token in its message */
export function parseToken(text: string | undefined): Secret | undefined {
  if (!text) return undefined
  if (/^[\x21-\x7e]+$/.test(text)) return new Secret(text)
  throw new Failure('the token contains blanks or characters other than ASCII')
}
