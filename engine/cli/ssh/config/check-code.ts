import { isOfPolicy } from '../../advice.ts'
import { EXIT, Failure } from '../../failure.ts'
import { RequestError } from '../../request-error.ts'
import { UnresolvedHost } from '../addresses.ts'
import { NoMatchingRole } from '../default-role.ts'

/** The exit code of a check that failed; undefined if the login is none of ours, which needs no message. */
export function codeOf(error: unknown): number | undefined {
  if (error instanceof UnresolvedHost || error instanceof NoMatchingRole) return undefined
  const refusal = error instanceof Failure ? error.cause : error
  if (!(refusal instanceof RequestError))
    return error instanceof Failure ? error.exitCode : EXIT.server
  const { status, errors } = refusal
  // the engine says that this user gets none for this host
  const isRefused = status === 400 || (status === 403 && errors.some(isOfPolicy))
  return isRefused ? undefined : EXIT.server
}
