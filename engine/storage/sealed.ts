/** The barrier is sealed: it has no keys. */
export class Sealed extends Error {
  override readonly name = 'Sealed'
}
