import { constants } from 'node:fs'
import { access, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemReason } from '../../shared/system-reason.ts'
import type { DeclaredDevice } from './audit-options.ts'
import { deviceOptions } from './device-options.ts'
import { lockBeside } from './file-lock.ts'

const { O_RDWR, O_NOFOLLOW, O_NONBLOCK, R_OK, W_OK, X_OK } = constants

interface Problem {
  readonly text: string
  /** The folder is not there. */
  readonly isMissing: boolean
}

/** One sentence for each audit file that cannot be written. Creates no files, since it may run as another user than the engine. */
export async function fileProblems(
  devices: readonly DeclaredDevice[],
): Promise<readonly Problem[]> {
  const problems = devices.map(async ({ path: name, type, options }) => {
    const { target } = deviceOptions(type, options)
    if (target.type !== 'file') return []
    try {
      await tryFile(target.path)
      return []
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const text = `audit device "${name}" cannot be written to: ${target.path}: ${systemReason(error)}`
      return [{ text, isMissing: code === 'ENOENT' }]
    }
  })
  return (await Promise.all(problems)).flat()
}

async function tryFile(path: string): Promise<void> {
  try {
    const file = await open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK)
    const isFile = (await file.stat()).isFile()
    await file.close()
    if (!isFile) throw new Error(`${path} is not a regular file`)
    await access(lockBeside(path), R_OK | W_OK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    // the engine will create the file, or its lock, in this folder
    await access(dirname(path), W_OK | X_OK)
  }
}
