import { join } from 'node:path'
import type { CliIo } from '../cli-io.ts'
import { isObject, type Json } from '../envelope.ts'
import { stateDirectory } from '../state-directory.ts'
import { privateDirectory, readJson, replaceFile } from './config/private-files.ts'

/** What an answer is remembered for. */
interface Login {
  /** Of the engine. */
  readonly address: string
  readonly mount: string
  readonly user: string
  readonly host: string
}

const FILE = 'roles.json'

/** Answers that are kept; older ones are forgotten. */
const MAX_ANSWERS = 500

/** The role that the user has chosen for a login; undefined if there is none. */
export function rememberedRole(
  login: Login,
  environment: CliIo['environment'],
): string | undefined {
  const directory = stateDirectory(environment)
  return directory === undefined ? undefined : answersIn(directory)[keyOf(login)]
}

/** Remembers the role for a login, if the user has a directory for it. It is a convenience, so a failure is none of the login. */
export function rememberRole(login: Login, role: string, environment: CliIo['environment']): void {
  const directory = stateDirectory(environment)
  if (directory === undefined) return
  const { [keyOf(login)]: _, ...others } = answersIn(directory)
  const answers = [...Object.entries(others), [keyOf(login), role]].slice(-MAX_ANSWERS)
  try {
    const text = JSON.stringify(Object.fromEntries(answers), null, 2)
    replaceFile(privateDirectory(directory), FILE, `${text}\n`)
  } catch {
    // a home that cannot be written: the user is asked again
  }
}

/** The remembered roles by what they are for. */
function answersIn(directory: string): Readonly<Record<string, string>> {
  const stored = readJson(join(directory, FILE)) as Json | undefined
  if (!isObject(stored)) return {}
  return Object.fromEntries(
    Object.entries(stored).flatMap(([key, role]) =>
      typeof role === 'string' ? [[key, role] as const] : [],
    ),
  )
}

/** The JSON of all that it depends on. */
const keyOf = ({ address, mount, user, host }: Login) =>
  JSON.stringify([address, mount, user, host])
