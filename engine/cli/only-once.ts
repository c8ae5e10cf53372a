import type { CliIo } from './cli-io.ts'
import { EXIT, Failure } from './failure.ts'
import { BufferedOutput, lossOf, showAtTerminal } from './outputs.ts'

/**
 * Runs a command whose result cannot be had again. What of it does not reach stdout is shown at the terminal, or on stderr where there
 * is none, and the exit code is 1. Where it is plain that it would not, nothing is asked of the server.
 * @throws {Failure}
 */
export async function onlyOnce(io: CliIo, run: (io: CliIo) => Promise<number>): Promise<number> {
  if (io.stdout.isFull())
    throw new Failure('stdout: no space left on device; nothing has been asked of the server')
  const stdout = new BufferedOutput(io.stdout)
  const [ended] = await Promise.allSettled([run({ ...io, stdout })])
  io.stdout.write(stdout.text)
  const lost = await io.stdout.lost()
  if (ended.status === 'rejected') throw ended.reason
  if (!lost) return ended.value
  const text = `${lossOf(lost)}\nThis could not be written, and cannot be had again:\n\n${stdout.text.trimEnd()}\n`
  if (!showAtTerminal(text)) io.stderr.write(text)
  return EXIT.local
}
