import { readFile } from 'node:fs/promises'
import { withoutByteOrderMark } from '../../../shared/byte-order-mark.ts'
import { systemReason } from '../../../shared/system-reason.ts'
import { EXIT, Failure } from '../failure.ts'

/** The text of a policy in a file. @throws {Failure} if it cannot be read */
export async function readPolicyFile(file: string): Promise<string> {
  try {
    return withoutByteOrderMark(await readFile(file, 'utf8'))
  } catch (error) {
    throw new Failure(`Error opening policy file: ${file}: ${systemReason(error)}`, EXIT.server, {
      cause: error,
    })
  }
}
