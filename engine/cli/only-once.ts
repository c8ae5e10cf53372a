import type { CliIo } from './cli-io.ts'
import { EXIT, Failure } from './failure.ts'
import { BufferedOutput, lossOf, showAtTerminal } from './outputs.ts'

/**
 * Runs a command whose result cannot be retrieved again. If it cannot be written to stdout, it is printed to the terminal, or to stderr
 * without one, and the exit code is 1. If the disk of stdout is full, no request is sent.
 * @throws {Failure}
 */
export async function onlyOnce(io: CliIo, run: (io: CliIo) => Promise<number>): Promise<number> {
  if (io.stdout.isFull()) throw new Failure('stdout: no space left on device; no request was sent')
  const stdout = new BufferedOutput(io.stdout)
  const [ended] = await Promise.allSettled([run({ ...io, stdout })])
  io.stdout.write(stdout.text)
  const lost = await io.stdout.lost()
  if (ended.status === 'rejected') throw ended.reason
  if (!lost) return ended.value
  const text = `${lossOf(lost)}\nThis could not be written, and cannot be retrieved again:\n\n${stdout.text.trimEnd()}\n`
  if (!showAtTerminal(text)) io.stderr.write(text)
  return EXIT.local
}
