import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { Secret } from '../../../../shared/secret.ts'
import { systemReason } from '../../../../shared/system-reason.ts'
import type { CliIo } from '../../cli-io.ts'
import { Failure } from '../../failure.ts'
import { parseToken } from '../../kept-token/parse-token.ts'
import { askTerminal } from '../../terminal.ts'
import { variable } from '../../variable.ts'
import type { Administrator } from './first-steps.ts'

/** An administrator may do everything, so the password must not be guessed from a few million tries. */
const SHORTEST_PASSWORD = 12

interface Asked {
  readonly flags: {
    readonly admin: string | undefined
    readonly 'admin-password-file': string | undefined
    readonly 'non-interactive': boolean
  }
  readonly io: Pick<CliIo, 'environment' | 'stdin'>
}

/** Asks for the first administrator: by flags, else at the terminal. @throws {Failure} */
export async function askAdministrator({ flags, io }: Asked): Promise<Administrator> {
  const name =
    flags.admin ??
    (await askUnless(flags, 'Name of the first administrator: ', { hidden: false })) ??
    ''
  if (!/^[\w.@-]{1,64}$/.test(name))
    throw new Failure(
      'the first administrator needs a name of letters, digits and . _ - @: set -admin=NAME',
    )
  const password = new Secret(await passwordOf({ flags, io }, name))
  if (password.reveal().length < SHORTEST_PASSWORD)
    throw new Failure(`the password is shorter than ${SHORTEST_PASSWORD} characters`)
  return { name, password }
}

async function passwordOf({ flags, io }: Asked, name: string): Promise<string> {
  const file = flags['admin-password-file']
  if (file !== undefined)
    return lineOf(file === '-' ? await text(io.stdin()) : await contents(file))
  const hidden = { hidden: true }
  const first = await askUnless(flags, `Password for ${name}: `, hidden)
  if (first === undefined)
    throw new Failure('no password was given: set -admin-password-file=FILE, or "-" for stdin')
  if (first === (await askUnless(flags, 'Again: ', hidden))) return first
  throw new Failure('the two passwords differ')
}

/** The root token that an earlier run has shown, from the environment or the terminal. @throws {Failure} */
export async function askRootToken({ flags, io }: Asked): Promise<Secret> {
  const given =
    variable(io.environment, 'TOKEN') ??
    (await askUnless(flags, 'Root token, as the earlier run has shown it: ', { hidden: true }))
  const token = parseToken(given?.trim())
  if (token) return token
  throw new Failure(
    'the root token that the earlier run has shown is needed: set POSTERN_TOKEN; if it is lost, holders of shares make one with "postern operator generate-root"',
  )
}

const askUnless = (
  flags: Asked['flags'],
  question: string,
  how: { readonly hidden: boolean },
): Promise<string | undefined> =>
  flags['non-interactive'] ? Promise.resolve(undefined) : askTerminal(question, how)

const lineOf = (content: string) => content.replace(/\r?\n$/, '')

const contents = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch(cause => {
    throw new Failure(`the password cannot be read from ${file}: ${systemReason(cause)}`)
  })
