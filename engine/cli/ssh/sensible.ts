import { Invalid } from '../../../shared/invalid.ts'
import { EXIT, Failure } from '../failure.ts'

/** Parses something that the server sent. @throws {Failure} if it is invalid */
export function sensible<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new Failure(`${what} that the server sent is invalid: ${error.message}`, EXIT.server)
  }
}
