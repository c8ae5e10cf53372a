import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Fields } from '../../../shared/field.ts'
import { systemReason } from '../../../shared/system-reason.ts'
import type { Call } from '../command.ts'
import { Failure } from '../failure.ts'
import { askTerminal } from '../terminal.ts'
import { textValue } from '../text-value.ts'

type Caller = Pick<Call<Fields>, 'args' | 'nonInteractive' | 'io'>

/**
 * The share of an operator: from the argument, with "@file" from a file and with "-" from standard input, else from a hidden prompt.
 * @throws {Failure}
 */
export async function promptShare(caller: Caller, question: string): Promise<string> {
  const share = textValue((await givenShare(caller, question)) ?? '').trim()
  if (share) return share
  throw new Failure(
    'no key was given: enter it at the terminal, or pass @FILE, or "-" and standard input',
  )
}

async function givenShare(
  { args: [typed], nonInteractive, io }: Caller,
  question: string,
): Promise<string | undefined> {
  if (typed === '-') return text(io.stdin())
  // a share is hexadecimal or base64
  if (typed?.startsWith('@')) return contents(typed.slice(1))
  if (typed !== undefined || nonInteractive) return typed
  return askTerminal(question, { hidden: true })
}

async function contents(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Failure(`the share cannot be read from ${path}: ${systemReason(error)}`)
  }
}
