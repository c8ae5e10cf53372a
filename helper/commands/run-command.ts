import { version } from '../../shared/version.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { parseFlags } from '../flags.ts'
import { Refusal } from '../refusal.ts'
import { dispatch } from './dispatch.ts'
import { help } from './help.ts'
import type { CommandResult } from './host-command.ts'
import { verifyOnly } from './verify-only.ts'

/** How a command has ended. */
export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

/** Runs a command, or `-help`, `-version` or `-verify-only`, with the words behind the name of the program. */
export async function runCommand(words: readonly string[]): Promise<Outcome> {
  try {
    const result = await resultOf(words)
    const { text, code } = typeof result === 'string' ? { text: result, code: 0 } : result
    return { stdout: `${text}\n`, stderr: '', code }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { message, exit } = error
    return { stdout: '', stderr: `postern-helper: ${message}\n`, code: EXIT_CODES[exit].code }
  }
}

async function resultOf(words: readonly string[]): Promise<string | CommandResult> {
  const [word = '', ...rest] = words
  if (/^[a-z]/.test(word)) return dispatch(word, rest)
  const flags = parseFlags(words)
  if (flags.help) return help()
  return flags.version ? `postern-helper ${version}` : verifyOnly(flags)
}
