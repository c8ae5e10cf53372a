import { join } from 'node:path'
import type { CliIo } from '../cli-io.ts'
import { isObject, type Json, type JsonObject } from '../envelope.ts'
import { privateDirectory, readJson, replaceFile } from '../ssh/config/private-files.ts'
import { stateDirectory } from '../state-directory.ts'
import { valueText } from '../value-text.ts'

/** How a user has logged in, without anything that is secret. */
export interface LastLogin {
  readonly method: string
  /** Path of the method, without `auth/`. */
  readonly mount: string
  /** Arguments of the login, such as its user name. */
  readonly given: Readonly<Record<string, string>>
}

/** The arguments of each method that are remembered. Every other one may be a secret. Methods that are not named are for machines. */
const REMEMBERED: Readonly<Record<string, readonly string[]>> = {
  userpass: ['username'],
  jwt: ['role'],
  oidc: [
    'role',
    'listenaddress',
    'port',
    'callbackmethod',
    'callbackhost',
    'callbackport',
    'callbackmode',
    'skip_browser',
  ],
}

const FILE = 'logins.json'

/** Servers whose logins are remembered. */
const MAX_SERVERS = 50

interface Server {
  readonly address: URL
  readonly namespace: string | undefined
}

type Environment = CliIo['environment']

/** The last login to a server that can be offered again; undefined if there is none. */
export const lastLogin = (server: Server, environment: Environment): LastLogin | undefined =>
  loginsIn(stateDirectory(environment))[keyOf(server)]

/** A login that has succeeded. */
interface MadeLogin extends Omit<LastLogin, 'given'> {
  /** All its arguments, secrets too, as typed; undefined if some were read from elsewhere. */
  readonly given: LastLogin['given'] | undefined
}

/** Remembers a login, or forgets the one before if this one cannot be offered again. A failure is none of the login. */
export function rememberLogin(server: Server, login: MadeLogin, environment: Environment): void {
  const directory = stateDirectory(environment)
  if (directory === undefined) return
  const { [keyOf(server)]: _, ...others } = loginsIn(directory)
  const own = repeatable(login)
  const entries = Object.entries({ ...others, ...(own && { [keyOf(server)]: own }) })
  try {
    const text = JSON.stringify(Object.fromEntries(entries.slice(-MAX_SERVERS)), null, 2)
    replaceFile(privateDirectory(directory), FILE, `${text}\n`)
  } catch {
    // a home that cannot be written: it is not offered
  }
}

function repeatable({ method, mount, given }: MadeLogin): LastLogin | undefined {
  const names = Object.hasOwn(REMEMBERED, method) ? REMEMBERED[method] : undefined
  if (!names || !given) return undefined
  const kept = Object.entries(given).filter(([name]) => names.includes(name))
  // from a file or from standard input
  if (kept.some(([, value]) => value === '-')) return undefined
  return { method, mount, given: Object.fromEntries(kept) }
}

/** The words of `postern login` that log in like this. */
export const wordsOf = ({ method, mount, given }: LastLogin): readonly string[] => [
  `-method=${method}`,
  ...(mount === method ? [] : [`-path=${mount}`]),
  // an "@" at its beginning would name a file
  ...Object.entries(given).map(([name, value]) => `${name}=${value.replace(/^@/, '\\@')}`),
]

function loginsIn(directory: string | undefined): Readonly<Record<string, LastLogin>> {
  const stored = directory && (readJson(join(directory, FILE)) as Json | undefined)
  if (!isObject(stored)) return {}
  return Object.fromEntries(
    Object.entries(stored).flatMap(([key, login]) => {
      const { method, mount, given } = isObject(login) ? login : {}
      if (typeof method !== 'string' || !Object.hasOwn(REMEMBERED, method)) return []
      if (typeof mount !== 'string') return []
      return [[key, { method, mount, given: isObject(given) ? textsOf(given) : {} }] as const]
    }),
  )
}

const textsOf = (values: JsonObject): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, valueText(value)]))

/** The JSON of all that it depends on. */
const keyOf = ({ address, namespace }: Server) => JSON.stringify([address.href, namespace ?? ''])
