import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { CliIo } from '../cli-io.ts'
import { EXIT } from '../failure.ts'
import { askTerminal } from '../terminal.ts'

/** Variables that tell the askpass program its server. */
export const ASKPASS_VARIABLES = {
  socket: 'POSTERN_ASKPASS',
  key: 'POSTERN_ASKPASS_KEY',
  batch: 'POSTERN_ASKPASS_BATCH',
} as const

/** Milliseconds for the server to answer. */
const SERVER_TIMEOUT = 5_000

/** Milliseconds from one look for the ssh that asks to the next. */
const CHECK_INTERVAL = 100

/**
 * Answers a question of ssh if ssh runs this program as SSH_ASKPASS. The password of the login comes from the askpass server of the
 * `postern ssh` that runs ssh; other questions are put to the user at the terminal, and refused without one, and in batch mode.
 * Gives the exit code, or `undefined` if this is no such run.
 */
export async function answerAskpass(
  words: readonly string[],
  { environment, stdout }: CliIo,
): Promise<number | undefined> {
  const [question = ''] = words
  const server = {
    path: environment[ASKPASS_VARIABLES.socket],
    key: environment[ASKPASS_VARIABLES.key],
  }
  // no command contains a blank or a colon
  if (!server.path || !server.key || words.length !== 1 || !/[\s:]/.test(question)) return undefined
  // ssh only shows a message
  if (environment.SSH_ASKPASS_PROMPT === 'none') return EXIT.ok
  const asker = process.ppid
  const isAwaited = () => process.ppid === asker && existsSync(server.path ?? '')
  const password = await askServer(server.path, { key: server.key, question })
  const confirms = environment.SSH_ASKPASS_PROMPT === 'confirm'
  const mayAsk = environment[ASKPASS_VARIABLES.batch] === undefined
  const answer = password ?? (mayAsk ? await askUser(question, { isAwaited, confirms }) : undefined)
  if (answer === undefined) return EXIT.local
  stdout.write(`${answer}\n`)
  return EXIT.ok
}

interface Asking {
  /** Whether the ssh that asks, and the `postern ssh` above it, are still there. They may be killed, and leave this program behind. */
  readonly isAwaited: () => boolean
  readonly confirms: boolean
}

/** Asks at the terminal, for as long as the answer is awaited. */
async function askUser(
  question: string,
  { isAwaited, confirms }: Asking,
): Promise<string | undefined> {
  const gone = new AbortController()
  const timer = setInterval(() => isAwaited() || gone.abort(), CHECK_INTERVAL)
  try {
    const hidden = !isHostKeyQuestion(question) && !confirms
    return await askTerminal(question, { hidden, until: gone.signal })
  } finally {
    clearInterval(timer)
  }
}

/** Whether a question is about a host key, so that the answer is no secret. */
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
    // the server has closed: the user may know the answer
    return undefined
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}
