import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { CliIo } from '../cli-io.ts'
import { EXIT } from '../failure.ts'
import { askTerminal } from '../terminal.ts'

/** Names of the variables by which a program that ssh starts finds the desk. */
export const ASKPASS_VARIABLES = { socket: 'POSTERN_ASKPASS', key: 'POSTERN_ASKPASS_KEY' } as const

/** Milliseconds for the desk to answer. */
const SERVER_TIMEOUT = 5_000

/**
 * When ssh has started this program to have a question answered (SSH_ASKPASS), answers it: the password of the login comes
 * from the desk of the `postern ssh` that started ssh, everything else from the person at the terminal. With nobody there, refuses.
 * Gives the exit code, or `undefined` if nothing was asked.
 */
export async function answerAskpass(
  words: readonly string[],
  { environment, stdout }: CliIo,
): Promise<number | undefined> {
  const [question = ''] = words
  const desk = {
    path: environment[ASKPASS_VARIABLES.socket],
    key: environment[ASKPASS_VARIABLES.key],
  }
  // no command has a blank or a colon in it
  if (!desk.path || !desk.key || words.length !== 1 || !/[\s:]/.test(question)) return undefined
  // ssh only says something, and waits for no answer
  if (environment.SSH_ASKPASS_PROMPT === 'none') return EXIT.ok
  const answer =
    (await askServer(desk.path, { key: desk.key, question })) ??
    (await askTerminal(question, {
      hidden: !isHostKeyQuestion(question) && environment.SSH_ASKPASS_PROMPT !== 'confirm',
    }))
  if (answer === undefined) return EXIT.local
  stdout.write(`${answer}\n`)
  return EXIT.ok
}

/** A question about a host key: the answer is no secret. */
const isHostKeyQuestion = (question: string) => /yes.{1,8}no/i.test(question)

async function askServer(
  path: string,
  { key, question }: { readonly key: string; readonly question: string },
): Promise<string | undefined> {
  const socket = connect({ path })
  const timer = setTimeout(() => socket.destroy(), SERVER_TIMEOUT)
  try {
    await once(socket, 'connect')
    socket.end(JSON.stringify({ key, question, asker: process.ppid }))
    const { password } = JSON.parse(await text(socket)) as { password?: unknown }
    return typeof password === 'string' ? password : undefined
  } catch {
    // the desk has closed: the person may still know the answer
    return undefined
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}
