import { spawnSync } from 'node:child_process'
import type { Secret } from '../../../shared/secret.ts'
import { childEnvironment } from '../child-environment.ts'
import type { CliIo } from '../cli-io.ts'

interface StoreProgram {
  readonly program: string
  readonly words: readonly string[]
  /** What it reads from its standard input, where other users cannot see it. */
  readonly input?: Secret
  readonly environment: CliIo['environment']
  /** Milliseconds after which it is killed. */
  readonly timeout: number
}

interface StoreProgramEnd {
  readonly output: string
  /** Why it failed, in its own words if it has said any; undefined if it did not. */
  readonly failure: string | undefined
  /** Whether it said what is wrong, or could not be run. */
  readonly complained: boolean
  /** Whether there is no such program. */
  readonly missing: boolean
}

/** Bytes, of which a token is a small part. */
const MAX_OUTPUT = 64 * 1024

/** Runs a program that keeps secrets, and waits for its end: the command has nothing else to do until it has its token. */
export function runStoreProgram(run: StoreProgram): StoreProgramEnd {
  const { program, words, input, environment, timeout } = run
  const { status, signal, stdout, stderr, ...end } = spawnSync(program, words, {
    input: input?.reveal() ?? '',
    env: childEnvironment(environment),
    encoding: 'utf8',
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT,
    timeout,
  })
  // a program that fails has not always read its input
  const error = codeOf(end.error) === 'EPIPE' ? undefined : end.error
  const said = (stderr ?? '').trim()
  const missing = codeOf(error) === 'ENOENT'
  const ended = { output: stdout ?? '', missing, complained: Boolean(error || said) }
  if (status === 0 && !error) return { ...ended, failure: undefined }
  if (missing) return { ...ended, failure: `there is no program ${program}` }
  if (codeOf(error) === 'ETIMEDOUT')
    return { ...ended, failure: `${program} has not answered for ${timeout / 1000} seconds` }
  const last = said.split('\n').at(-1)
  return {
    ...ended,
    failure: last || error?.message || `${program} ended with ${status ?? signal}`,
  }
}

const codeOf = (error: NodeJS.ErrnoException | undefined) => error?.code
