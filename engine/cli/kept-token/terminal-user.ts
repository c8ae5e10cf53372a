import { counted } from '../../../shared/counted.ts'
import type { Secret } from '../../../shared/secret.ts'
import type { CliIo } from '../cli-io.ts'
import { endsSoon, isAbout, knownToken, noteToken } from './known-token.ts'
import { type LastLogin, lastLogin, wordsOf } from './last-login.ts'
import type { TokenUser } from './token-in-use.ts'

interface TerminalUserOptions {
  readonly io: Pick<CliIo, 'environment' | 'self' | 'stderr'>
  readonly address: URL
  readonly namespace: string | undefined
  /** The flags of the connection, for a login by the same. */
  readonly connection: readonly string[]
}

/** The user at the terminal, who is told that a token expires soon, and asked whether to log in again. */
export class TerminalUser implements TokenUser {
  readonly #options: TerminalUserOptions

  constructor(options: TerminalUserOptions) {
    this.#options = options
  }

  /** Once for each token, in its last tenth, at most its last hour. */
  mention(token: Secret): void {
    const { environment, stderr } = this.#options.io
    const known = knownToken(environment)
    if (!known || known.mentioned || !isAbout(known, token)) return
    const left = endsSoon(known)
    if (left === undefined) return
    noteToken({ ...known, mentioned: true }, environment)
    const again = this.#lastLogin
    const advice = [
      ...(known.lifetime.renewable ? ['"postern token renew" extends it, up to its maximum'] : []),
      ...(again ? [`"${commandOf(again)}" gets another`] : []),
    ]
    const text = `Your token expires in ${roughly(left)}${advice.length > 0 ? `: ${advice.join('; ')}` : ''}.`
    stderr.write(`${text}\n`)
  }

  canLogIn(): boolean {
    return this.#lastLogin !== undefined
  }

  async logIn(hadToken: boolean): Promise<boolean> {
    const login = this.#lastLogin
    if (!login) return false
    // loaded on demand: few commands are refused
    const { offerLogin } = await import('./offer-login.ts')
    return offerLogin(login, { ...this.#options, hadToken })
  }

  get #lastLogin(): LastLogin | undefined {
    const { io, address, namespace } = this.#options
    return lastLogin({ address, namespace }, io.environment)
  }
}

const commandOf = (login: LastLogin): string => `postern login ${wordsOf(login).join(' ')}`

const roughly = (seconds: number): string =>
  seconds < 60 ? counted(Math.ceil(seconds), 'second') : counted(Math.floor(seconds / 60), 'minute')
