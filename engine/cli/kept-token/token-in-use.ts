import type { Secret } from '../../../shared/secret.ts'
import { Failure } from '../failure.ts'
import { variable } from '../variable.ts'
import { currentStore, keepToken } from './choose-store.ts'
import {
  knownAgain,
  knownToken,
  type Lifetime,
  noteToken,
  type TokenLifetime,
} from './known-token.ts'
import { parseToken } from './parse-token.ts'
import type { StoreContext } from './token-store.ts'

/** What it takes to tell and to ask the user; only where there is one at a terminal. */
export interface TokenUser {
  /** Mentions that the token expires soon, if it does. */
  readonly mention: (token: Secret) => void
  /** Whether a login can be offered. */
  readonly canLogIn: () => boolean
  /** Offers a login in place of a token that the server does not take. Gives whether there is a new token. */
  readonly logIn: (hadToken: boolean) => Promise<boolean>
}

/** The token of a command: that of the environment, or else the one that `login` has kept. It is read when the first request needs it. */
export class TokenInUse {
  readonly #context: StoreContext
  readonly #user: TokenUser | undefined
  #read: Promise<Secret | undefined> | undefined
  #offered: Promise<void> | undefined
  #isAccepted = false
  #isSettled = false

  constructor(context: StoreContext, user: TokenUser | undefined) {
    this.#context = context
    this.#user = user
  }

  /** Undefined if there is none. @throws {Failure} */
  get(): Promise<Secret | undefined> {
    this.#read ??= this.#parsed()
    return this.#read
  }

  /** The server has answered a request with it. @param changed whether the request may have changed something */
  async accepted({ changed }: { readonly changed: boolean }): Promise<void> {
    const token = this.#isAccepted || !this.#user ? undefined : await this.get()
    this.#isAccepted = true
    this.#isSettled ||= changed
    if (token) this.#user?.mention(token)
  }

  /** Whether another token can be had in place of one that the server refuses: only once, and not in the middle of what a command does. */
  get isReplaceable(): boolean {
    if (this.#isSettled || this.#ofEnvironment !== undefined) return false
    return this.#user?.canLogIn() ?? false
  }

  /** Gets another token in place of `refused`, which the server does not take. Gives whether there is one. */
  async replace(refused: Secret | undefined): Promise<boolean> {
    // another request of the command was faster
    if (refused !== (await this.get())) return true
    this.#offered ??= this.#offer(refused !== undefined)
    await this.#offered
    return refused !== (await this.get())
  }

  /** Keeps another token for later commands. Gives the name of its place. @throws {Failure} */
  async keep(made: TokenLifetime): Promise<string> {
    return (await keepToken(made, this.#context)).place
  }

  /** The server has told how long it is valid. */
  async learn(lifetime: Lifetime): Promise<void> {
    const token = await this.get()
    if (!token || this.#ofEnvironment !== undefined) return
    const { environment } = this.#context
    noteToken(knownAgain(knownToken(environment), { token, lifetime }), environment)
  }

  /** It was revoked: it is kept no longer. One of the environment stays there. @throws {Failure} */
  async forget(): Promise<void> {
    if (this.#ofEnvironment !== undefined) return
    const store = await currentStore(this.#context)
    store.erase()
    const known = knownToken(this.#context.environment)
    if (known) noteToken({ ...known, hash: undefined }, this.#context.environment)
  }

  get #ofEnvironment(): string | undefined {
    return variable(this.#context.environment, 'TOKEN')
  }

  async #parsed(): Promise<Secret | undefined> {
    return parseToken(this.#ofEnvironment ?? (await this.#kept()))
  }

  /** A keyring that fails is none that holds up commands which need no token. */
  async #kept(): Promise<string | undefined> {
    const store = await currentStore(this.#context)
    if (store.kind !== 'keyring') return store.read()
    try {
      const text = store.read()
      if (text === undefined && knownToken(this.#context.environment)?.hash !== undefined)
        this.#context.warn('WARNING! The token is not in the keyring, or the keyring is locked.')
      return text
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      this.#context.warn(`WARNING! ${error.message}`)
      return undefined
    }
  }

  async #offer(hadToken: boolean): Promise<void> {
    if (await this.#user?.logIn(hadToken)) this.#read = undefined
  }
}
