import type { Secret } from '../../../shared/secret.ts'
import { EXIT, Failure } from '../failure.ts'
import { runStoreProgram } from './run-store-program.ts'
import type { StoreContext, TokenStore } from './token-store.ts'

/** What the keyring knows the token by. Users find it by these, and programs of others share it by them. */
const ATTRIBUTES = ['application', 'postern', 'type', 'token']

/** Milliseconds for the keyring, which asks the user for its password if it is locked. */
const ATTENDED_TIMEOUT = 30_000
const UNATTENDED_TIMEOUT = 3_000

const PROGRAM = 'secret-tool'

/** Its name in messages. */
export const KEYRING = "the desktop's keyring"

/** The keyring of the desktop, by `secret-tool` of libsecret. */
export class Keyring implements TokenStore {
  readonly kind = 'keyring'
  readonly place = KEYRING
  readonly #environment: StoreContext['environment']
  readonly #timeout: number

  constructor({ environment, attended }: Pick<StoreContext, 'environment' | 'attended'>) {
    this.#environment = environment
    this.#timeout = attended ? ATTENDED_TIMEOUT : UNATTENDED_TIMEOUT
  }

  /** Undefined also if the keyring stays locked, which secret-tool does not tell apart. */
  read(): string | undefined {
    const { output, failure, complained, missing } = this.#run(['lookup', ...ATTRIBUTES])
    if (failure === undefined) return output.trim()
    if (complained) throw failed('reading', failure, missing)
    return undefined
  }

  write(token: Secret): void {
    const words = ['store', '--label=Postern token', ...ATTRIBUTES]
    const { failure, missing } = this.#run(words, token)
    if (failure !== undefined) throw failed('storing', failure, missing)
  }

  erase(): void {
    const { failure, complained, missing } = this.#run(['clear', ...ATTRIBUTES])
    if (failure !== undefined && complained) throw failed('removing', failure, missing)
  }

  #run(words: readonly string[], input?: Secret) {
    const [environment, timeout] = [this.#environment, this.#timeout]
    return runStoreProgram({
      ...{ program: PROGRAM, words, environment, timeout },
      ...(input && { input }),
    })
  }
}

const failed = (what: string, failure: string, missing: boolean) =>
  new Failure(
    `Error ${what} token: the keyring: ${failure}${missing ? ': install libsecret-tools, or set POSTERN_TOKEN_STORE=file' : ''}`,
    EXIT.server,
  )
