import type { Writable } from 'node:stream'
import type { CliIo } from './cli-io.ts'
import { EXIT } from './failure.ts'
import { isClosedPipe, LostOutput, lossOf, StreamOutput } from './outputs.ts'
import { answerAskpass } from './ssh/askpass.ts'
import { failureOf } from './unexpected.ts'

/** The output streams of the process. */
export interface Streams {
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable
}

/**
 * Runs the command that the arguments of the program name. Gives the exit code, and never throws. The exit code is 1 if the result could
 * not be written, even if the command succeeded.
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
    // ssh waits for this answer, so nothing else is loaded before it
    const answered = await answerAskpass(words, io)
    if (answered !== undefined) return answered
    // ssh waits for this, too
    if (words[0] === 'ssh' && words[1] === '-check')
      return await (await import('./ssh/config/check.ts')).check(words.slice(2), io)
    const { dispatch } = await import('./dispatch.ts')
    return await dispatch(words, io)
  } catch (error) {
    if (error instanceof LostOutput) return error.exitCode
    const { message, exitCode } = failureOf(error, io.environment)
    io.stderr.write(`${message}\n`)
    return exitCode
  }
}
