/** A value is not valid; the message says why, for whoever wrote the value. Parsers throw it, and callers add the place. */
export class Invalid extends Error {
  override readonly name = 'Invalid'
}
