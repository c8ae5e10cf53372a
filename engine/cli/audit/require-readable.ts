import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { Failure } from '../failure.ts'
import { unreadable } from './unreadable.ts'

/** Checks a log before the header is printed. @throws {Failure} if it cannot be read */
export async function requireReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK)
    if (!(await stat(file)).isDirectory()) return
  } catch (error) {
    throw unreadable(file, error)
  }
  throw new Failure(`cannot read ${file}: it is a directory`)
}
