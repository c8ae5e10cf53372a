import { Invalid } from '../../shared/invalid.ts'
import type { CliIo } from './cli-io.ts'
import { ConnectionError } from './connection-error.ts'
import { EXIT, Failure } from './failure.ts'
import { RequestError } from './request-error.ts'

/** The message and exit code for any error. The stack is included only with POSTERN_DEBUG. */
export function failureOf(error: unknown, environment: CliIo['environment']): Failure {
  if (error instanceof Failure) return error
  const cause = { cause: error }
  if (!(error instanceof Error)) return new Failure(bug(String(error)), EXIT.local, cause)
  const { message, name, stack = message } = error
  if (environment.POSTERN_DEBUG) return new Failure(stack, EXIT.local, cause)
  if (error instanceof RequestError || error instanceof ConnectionError)
    return new Failure(message, EXIT.server, cause)
  // a system error, such as a full disk
  if (error instanceof Invalid || 'syscall' in error) return new Failure(message, EXIT.local, cause)
  return new Failure(bug(`${name}: ${message}`), EXIT.local, cause)
}

const bug = (what: string) =>
  `this is a bug in postern: ${what.replaceAll('\n', ' ')}\nPOSTERN_DEBUG=1 shows where it is.`
