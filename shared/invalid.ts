/** Why a value was not accepted, as words for the person who wrote it. Parsers throw it; callers add where it stood. */
export class Invalid extends Error {
  override readonly name = 'Invalid'
}
