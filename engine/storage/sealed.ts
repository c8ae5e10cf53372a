/** The barrier has no key. */
export class Sealed extends Error {
  override readonly name = 'Sealed'
}
