import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { CliIo } from '../cli-io.ts'
import { EXIT } from '../failure.ts'
import { askTerminal } from '../terminal.ts'
import { type LastLogin, wordsOf } from './last-login.ts'

interface Offer {
  readonly io: Pick<CliIo, 'environment' | 'self'>
  /** The flags of the connection. */
  readonly connection: readonly string[]
  /** Whether there was a token, which the server does not take. */
  readonly hadToken: boolean
}

/** Asks the user whether to log in again, and does so. Gives whether there is a new token. */
export async function offerLogin(login: LastLogin, offer: Offer): Promise<boolean> {
  const why = offer.hadToken
    ? 'Your token has expired, was revoked, or may not be used from this address.'
    : 'There is no token.'
  const question = `${why} Log in again with ${nameOf(login)}? [Y/n] `
  const answer = await askTerminal(question, { hidden: false })
  return answer !== undefined && /^\s*(?:y|yes|)\s*$/i.test(answer) && logIn(login, offer)
}

/** The login is a process of its own, so that its prompts and its Ctrl-C are as when the user types it. */
async function logIn(login: LastLogin, { io, connection }: Offer): Promise<boolean> {
  const [program = '', ...words] = io.self
  const flags = [...connection, '-wrap-ttl=0', '-no-print']
  const child = spawn(program, [...words, 'login', ...flags, ...wordsOf(login)], {
    // what it says is no part of the result of the command
    stdio: ['inherit', 2, 'inherit'],
    env: { ...io.environment },
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return code === EXIT.ok
}

/** `userpass as ann`, or `userpass at people/ as ann`. */
function nameOf({ method, mount, given }: LastLogin): string {
  const at = mount === method ? '' : ` at ${mount}/`
  const who = given.username ?? given.role
  return `${method}${at}${who === undefined ? '' : ` as ${who}`}`
}
