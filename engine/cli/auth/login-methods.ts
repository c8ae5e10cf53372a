import type { CliIo } from '../cli-io.ts'
import type { Client } from '../client.ts'
import type { Envelope, JsonObject } from '../envelope.ts'
import { Failure } from '../failure.ts'
import { trimPath } from '../path.ts'
import { oidcLogin } from './oidc-login.ts'

interface LoginInput {
  /** The mount of the method, without `auth/`. */
  readonly mount: string
  /** The key=value arguments. */
  readonly given: JsonObject
  /** Prompts for a secret at the terminal; `undefined` without a terminal. */
  readonly ask: (question: string) => Promise<string | undefined>
  /** Prints a message for the user, apart from the result. */
  readonly note: (text: string) => void
  readonly io: Pick<CliIo, 'environment' | 'stderr'>
}

type Method = (client: Client, input: LoginInput) => Promise<Envelope | undefined>

/** Logins by the name of the auth method, except `token`, which needs none. */
export const LOGIN_METHODS: Readonly<Record<string, Method>> = {
  async userpass(client, { mount, given, ask }) {
    const { username, password, ...rest } = given
    if (!username) throw new Failure("'username' must be given, as in username=ann")
    const typed = password ?? (await ask('Password (will be hidden): '))
    if (!typed)
      throw new Failure('no password was given: enter it at the terminal, or use password=-')
    const path = `auth/${mount}/login/${trimPath(String(username))}`
    return client.write(path, { ...rest, password: typed })
  },
  async approle(client, { mount, given, ask }) {
    if (!given.role_id) throw new Failure("'role_id' must be given, as in role_id=…")
    const secretId = given.secret_id ?? (await ask('Secret ID (will be hidden): '))
    return client.write(`auth/${mount}/login`, {
      ...given,
      ...(secretId && { secret_id: secretId }),
    })
  },
  async jwt(client, { mount, given, ask }) {
    const jwt = given.jwt ?? (await ask('JSON Web Token (will be hidden): '))
    if (!jwt) throw new Failure('no token was given: enter it at the terminal, or use jwt=@file')
    return client.write(`auth/${mount}/login`, { ...given, jwt: String(jwt).trim() })
  },
  oidc: oidcLogin,
}
