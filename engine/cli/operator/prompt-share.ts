import { text } from 'node:stream/consumers'
import type { Fields } from '../../../shared/field.ts'
import type { Call } from '../command.ts'
import { Failure } from '../failure.ts'
import { askTerminal } from '../terminal.ts'

/** The share that a person gives: as an argument, with "-" on standard input, or when asked, without showing it. @throws {Failure} */
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
  throw new Failure('there is no key: give it at the terminal, or with "-" on standard input')
}
