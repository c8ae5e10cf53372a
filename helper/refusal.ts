import type { ExitReason } from './exit-codes.ts'

/** Why a login is denied, or a command fails. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly exit: Exclude<ExitReason, 'allowed'>

  constructor(exit: Exclude<ExitReason, 'allowed'>, reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.exit = exit
  }
}
