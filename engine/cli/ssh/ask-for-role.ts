import type { KeyType } from '../../ssh/role/key-type.ts'
import { Failure } from '../failure.ts'
import { columns } from '../table.ts'
import { askTerminal } from '../terminal.ts'
import type { FittingRole } from './fitting-role.ts'
import type { LoginContext } from './login-options.ts'
import { rememberedRole, rememberRole } from './remembered-role.ts'
import type { Target } from './target.ts'

interface Question {
  readonly mount: string
  readonly target: Target
  /** Whether to ask at all; `again`: although an answer is remembered. */
  readonly asks: boolean | 'again'
}

/** How often an answer that names none of the roles is asked for again. */
const ATTEMPTS = 3

const KINDS: Readonly<Record<KeyType, string>> = {
  otp: 'one-time password',
  ca: 'certificate',
  dynamic: 'dynamic key',
}

/**
 * The one of several roles that the user chooses at the terminal, or has chosen for this host before. Undefined if the user cannot be
 * asked.
 * @throws {Failure} if the user names none
 */
export async function askForRole(
  roles: readonly FittingRole[],
  { mount, target, asks }: Question,
  { client, io, print }: LoginContext,
): Promise<FittingRole | undefined> {
  const login = { address: client.address, mount, user: target.user, host: target.host }
  const before = asks === 'again' ? undefined : rememberedRole(login, io.environment)
  const known = roles.find(({ role }) => role === before)
  if (known) return known
  // ssh was told not to ask, or messages do not go to the user
  if (!asks || !io.stderr.isTTY || target.isBatch) return undefined
  const rows = roles.map(({ role, keyType }, at) => [
    `${at + 1}`,
    role,
    keyType === undefined ? '' : KINDS[keyType],
  ])
  print.note(
    `Several roles fit ${target.user}@${target.host}:\n\n${columns(rows, '  ').replace(/^/gm, '  ')}\n`,
  )
  for (let tries = 0; tries < ATTEMPTS; tries++) {
    const answer = await askTerminal('Role, by number or name: ', { hidden: false })
    if (answer === undefined) break
    const typed = answer.trim()
    const chosen = roles.find(({ role }) => role === typed) ?? roles[Number(typed) - 1]
    if (!chosen) {
      print.note(`${JSON.stringify(typed)} is none of them.`)
      continue
    }
    rememberRole(login, chosen.role, io.environment)
    return chosen
  }
  throw new Failure(`No role was chosen. Name one with -role, such as -role=${roles[0]?.role}.`)
}
