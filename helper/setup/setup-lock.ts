import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemReason } from '../../shared/system-reason.ts'
import { Refusal } from '../refusal.ts'
import { startedAt } from './process-start.ts'

/** For drafts: a directory that a reboot, and the end of each run, remove. */
export const RUN_FOLDER = '/run/postern-setup'

const FILE = `${RUN_FOLDER}/lock`

/** Keeps a second set-up from running at the same time. One whose process is gone does not count. @throws {Refusal} */
export function lockSetup(): Disposable {
  mkdirSync(dirname(FILE), { recursive: true, mode: 0o700 })
  const holder = holderOf()
  if (holder !== undefined)
    throw new Refusal(
      'usage',
      `another "postern-helper setup" is running (process ${holder}): wait for it`,
    )
  rmSync(FILE, { force: true })
  try {
    const file = openSync(FILE, 'wx', 0o600)
    writeSync(file, `${process.pid} ${startedAt(process.pid)}\n`)
    closeSync(file)
  } catch (error) {
    throw new Refusal('usage', `${FILE} cannot be made: ${systemReason(error)}`)
  }
  return { [Symbol.dispose]: () => rmSync(RUN_FOLDER, { recursive: true, force: true }) }
}

function holderOf(): number | undefined {
  try {
    const [pid, since] = readFileSync(FILE, 'utf8').trim().split(' ').map(Number)
    return pid !== undefined && startedAt(pid) === since ? pid : undefined
  } catch {
    return undefined
  }
}
