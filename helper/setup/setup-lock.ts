import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { systemReason } from '../../shared/system-reason.ts'
import { Refusal } from '../refusal.ts'
import { removeFolderIfEmpty } from './file-state.ts'
import { startedAt } from './process-start.ts'

/** For drafts: a directory that a reboot, and the end of each run, remove. */
export const RUN_FOLDER = '/run/postern-setup'

const NAME = /^lock\.(\d+)\.(\d+)$/

const TRIES = 10

/** Milliseconds between two tries of a run that waits. */
const PAUSE = 500

/**
 * Keeps a second set-up from running at the same time. Each run makes a file of its own before it looks for those of others, so of two
 * that begin together both may be refused, and never do both go on. One whose process is gone does not count.
 * @throws {Refusal}
 */
export function lockSetup(folder = RUN_FOLDER): Disposable {
  const own = `lock.${process.pid}.${startedAt(process.pid)}`
  makeFile(folder, own)
  const holder = readdirSync(folder)
    .map(holderOf)
    .find(pid => pid !== undefined && pid !== process.pid)
  if (holder === undefined) return { [Symbol.dispose]: () => clear(folder, own) }
  rmSync(join(folder, own), { force: true })
  throw new Refusal(
    'usage',
    `another "postern-helper setup" is running (process ${holder}): wait for it`,
  )
}

function makeFile(folder: string, name: string): void {
  // another run that ends may remove the directory in between
  for (let tries = 1; ; tries++)
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(join(folder, name), '', { mode: 0o600, flag: 'wx' })
      return
    } catch (error) {
      if (tries < TRIES && (error as NodeJS.ErrnoException).code === 'ENOENT') continue
      throw new Refusal('usage', `${folder}/${name} cannot be made: ${systemReason(error)}`)
    }
}

/** Removes all but the files of other runs. */
function clear(folder: string, own: string): void {
  const names = readdirSync(folder).filter(name => name === own || holderOf(name) === undefined)
  for (const name of names) rmSync(join(folder, name), { recursive: true, force: true })
  removeFolderIfEmpty(folder)
}

/** The same for a rollback, which is needed also if somebody looks at a question of another run. It waits for that. */
export async function waitForLock(folder = RUN_FOLDER): Promise<Disposable> {
  for (;;)
    try {
      return lockSetup(folder)
    } catch (error) {
      if (!(error instanceof Refusal) || !error.message.startsWith('another')) throw error
      await pause(PAUSE + Math.random() * PAUSE)
    }
}

function holderOf(name: string): number | undefined {
  const [, pid, since] = NAME.exec(name) ?? []
  return pid !== undefined && startedAt(Number(pid)) === Number(since) ? Number(pid) : undefined
}
