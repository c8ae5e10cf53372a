import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** Milliseconds between two attempts. */
const PAUSE = 10

/**
 * A file that one process holds at a time, with its process id. One that was killed loses it. Two processes could hold it at once only if
 * two find it abandoned at the same moment and a third comes between them; then a connection gets one session too many.
 */
export class ProcessLock implements Disposable {
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
  }

  /** Waits at most `patience` milliseconds; `undefined` if it is still held then. */
  static async take(path: string, patience: number): Promise<ProcessLock | undefined> {
    const own = `${path}.${process.pid}`
    writeFileSync(own, `${process.pid}`, { mode: 0o600 })
    try {
      const begun = performance.now()
      while (!took(own, path)) {
        if (performance.now() - begun > patience) return undefined
        if (!freed(path)) await wait(PAUSE)
      }
      return new ProcessLock(path)
    } finally {
      rmSync(own, { force: true })
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { force: true })
  }
}

function took(own: string, path: string): boolean {
  try {
    linkSync(own, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Removes a lock whose process has gone. */
function freed(path: string): boolean {
  const holder = holderOf(path)
  if (holder === undefined) return true
  if (isAlive(holder)) return false
  const aside = `${path}.abandoned.${process.pid}`
  try {
    renameSync(path, aside)
  } catch {
    // another process was faster
    return true
  }
  const moved = holderOf(aside)
  // it was taken anew meanwhile
  if (moved !== undefined && isAlive(moved)) took(aside, path)
  rmSync(aside, { force: true })
  return true
}

/** Undefined if there is no such lock. */
function holderOf(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** Whether a process exists, as far as this user can tell. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
