import type { End } from './exit-codes.ts'

/** Why a login is denied, or a command fails. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly end: Exclude<End, 'allowed'>

  constructor(end: Exclude<End, 'allowed'>, reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.end = end
  }
}
