import type { CliIo } from '../cli-io.ts'
import type { Client } from '../client.ts'
import type { Envelope, JsonObject } from '../envelope.ts'
import { Failure } from '../failure.ts'
import { trimPath } from '../path.ts'
import { oidcLogin } from './oidc-login.ts'

interface LoginInput {
  /** The mount of the method, without `auth/`. */
  readonly mount: string
  /** What was typed as key=value. */
  readonly given: JsonObject
  /** Asks the person at the terminal for what is not to be seen; nothing where nobody can be asked. */
  readonly ask: (question: string) => Promise<string | undefined>
  /** Tells the person something that is not the result. */
  readonly note: (text: string) => void
  readonly environment: CliIo['environment']
}

type Method = (client: Client, input: LoginInput) => Promise<Envelope | undefined>

/** How to log in, by the name of the method. A token needs no login: it is checked. */
export const LOGIN_METHODS: Readonly<Record<string, Method>> = {
  async userpass(client, { mount, given, ask }) {
    const { username, password, ...rest } = given
    if (!username) throw new Failure("'username' must be given, as in username=ann")
    const typed = password ?? (await ask('Password (will be hidden): '))
    if (!typed) throw new Failure('there is no password: give it at the terminal, or password=-')
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
    if (!jwt) throw new Failure('there is no token: give it at the terminal, or jwt=@file')
    return client.write(`auth/${mount}/login`, { ...given, jwt: String(jwt).trim() })
  },
  oidc: oidcLogin,
}
