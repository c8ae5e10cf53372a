import type { Writable } from 'node:stream'
import type { CliIo } from './cli-io.ts'
import { EXIT } from './failure.ts'
import { isClosedPipe, LostOutput, lossOf, StreamOutput } from './outputs.ts'
import { answerAskpass } from './ssh/askpass.ts'
import { failureOf } from './unexpected.ts'

/** The streams that the process has. */
export interface Streams {
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable
}

/**
 * Runs what the words after the program's name ask for. Gives the exit code, and never throws: it is 1 for whatever else has been
 * done when the result could not be written.
 */
export async function cli(
  words: readonly string[],
  process: Omit<CliIo, 'stdout' | 'stderr'> & Streams,
): Promise<number> {
  const stdout = new StreamOutput(process.stdout, { forPeople: false })
  const stderr = new StreamOutput(process.stderr, { forPeople: true })
  const code = await run(words, { ...process, stdout, stderr })
  const lost = await stdout.lost()
  if (!lost || isClosedPipe(lost)) return code
  stderr.write(`${lossOf(lost)}\n`)
  return EXIT.local
}

async function run(words: readonly string[], io: CliIo): Promise<number> {
  try {
    // a login waits for this answer, so nothing else is loaded before it
    const answered = await answerAskpass(words, io)
    if (answered !== undefined) return answered
    const { dispatch } = await import('./dispatch.ts')
    return await dispatch(words, io)
  } catch (error) {
    if (error instanceof LostOutput) return error.exitCode
    const { message, exitCode } = failureOf(error, io.environment)
    io.stderr.write(`${message}\n`)
    return exitCode
  }
}
