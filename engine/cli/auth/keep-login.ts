import type { Secret } from '../../../shared/secret.ts'
import type { Envelope } from '../envelope.ts'
import { rememberLogin } from '../kept-token/last-login.ts'
import { lifetimeIn } from '../kept-token/lifetime-in.ts'
import { trimPath } from '../path.ts'
import type { OwnSettings } from '../settings.ts'

/** What a login was asked for. */
interface Asked {
  readonly flags: { readonly method: string; readonly path: string | undefined }
  readonly args: readonly string[]
  readonly settings: () => OwnSettings
  readonly io: { readonly environment: Readonly<Record<string, string | undefined>> }
}

/** The mount of the method of a login, without `auth/`. */
export const mountOf = ({ method, path }: Asked['flags']): string =>
  trimPath(path ?? method).replace(/^auth\//, '')

/** Keeps the token of a login for later commands, and remembers how it was made. Gives the place of the token. @throws {Failure} */
export async function keepLogin(token: Secret, envelope: Envelope, asked: Asked): Promise<string> {
  const { token: kept, address, namespace } = asked.settings()
  const place = await kept.keep({ token, lifetime: lifetimeIn(envelope) })
  const { environment } = asked.io
  const login = {
    ...{ method: asked.flags.method, mount: mountOf(asked.flags) },
    given: givenIn(asked.args),
  }
  rememberLogin({ address, namespace }, login, environment)
  return place
}

/** The arguments that are on the command line as they are; undefined if there are others, without which the login cannot be repeated. */
function givenIn(words: readonly string[]): Readonly<Record<string, string>> | undefined {
  const given: Record<string, string> = {}
  for (const word of words) {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(word) ?? []
    if (name === undefined || value === undefined) return undefined
    // "@" at its beginning names a file, which may have another content the next time
    given[name] = value.startsWith('@') ? '-' : value.replace(/^\\@/, '@')
  }
  return given
}
