import { text } from 'node:stream/consumers'
import type { Fields } from '../../../shared/field.ts'
import type { Call } from '../command.ts'
import { Failure } from '../failure.ts'
import { askTerminal } from '../terminal.ts'

/** The share of an operator: from the argument, with "-" from standard input, else from a hidden prompt. @throws {Failure} */
export async function promptShare(
  { args: [typed], nonInteractive, io }: Pick<Call<Fields>, 'args' | 'nonInteractive' | 'io'>,
  question: string,
): Promise<string> {
  const given =
    typed === '-'
      ? await text(io.stdin())
      : (typed ?? (nonInteractive ? undefined : await askTerminal(question, { hidden: true })))
  const share = given?.trim()
  if (share) return share
  throw new Failure('no key was given: enter it at the terminal, or pass "-" and standard input')
}
