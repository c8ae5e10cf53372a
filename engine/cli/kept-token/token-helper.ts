import type { Secret } from '../../../shared/secret.ts'
import { EXIT, Failure } from '../failure.ts'
import { runStoreProgram } from './run-store-program.ts'
import type { StoreContext, TokenStore } from './token-store.ts'

/** Milliseconds for the program, which may ask the user for a password of its own. */
const ATTENDED_TIMEOUT = 60_000
const UNATTENDED_TIMEOUT = 10_000

/** A program of the user that keeps the token, by the protocol of Vault's `token_helper`: `get`, `store` and `erase`. */
export class TokenHelper implements TokenStore {
  readonly kind = 'helper'
  readonly place: string
  readonly #program: string
  readonly #context: StoreContext

  constructor(program: string, context: StoreContext) {
    this.place = `the token helper ${program}`
    this.#program = program
    this.#context = context
  }

  read(): string | undefined {
    return this.#run('get').trim() || undefined
  }

  write(token: Secret): void {
    this.#run('store', token)
  }

  erase(): void {
    this.#run('erase')
  }

  #run(operation: string, input?: Secret): string {
    const { environment, address, attended } = this.#context
    const href = address.href.replace(/\/$/, '')
    const { output, failure } = runStoreProgram({
      program: this.#program,
      words: [operation],
      // as for Vault's: an address may be in a flag only
      environment: { ...environment, POSTERN_ADDR: href, VAULT_ADDR: href, BAO_ADDR: href },
      timeout: attended ? ATTENDED_TIMEOUT : UNATTENDED_TIMEOUT,
      ...(input && { input }),
    })
    if (failure === undefined) return output
    throw new Failure(`Error from the token helper, ${operation}: ${failure}`, EXIT.server)
  }
}
