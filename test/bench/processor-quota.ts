import { existsSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const MOUNT = '/sys/fs/cgroup'
/** Microseconds in which a quota is used up and renewed: short, so that requests do not wait long for the next. */
const PERIOD = 10_000

/** Bounds the processor time of programs by a control group of its own, of version 1 or 2. Linux allows this to root. */
export class ProcessorQuota implements Disposable {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * @param cores what all programs in it may use together, such as 0.5
   * @throws {Error} if no control group can be made
   */
  static of(cores: number): ProcessorQuota {
    try {
      const quota = Math.round(PERIOD * cores)
      return new ProcessorQuota(isSecond() ? ofSecond(quota) : ofFirst(quota))
    } catch (cause) {
      const message = `no control group with a quota can be made below ${MOUNT}: run as root, with the controller "cpu" and ${MOUNT} writable`
      throw new Error(message, { cause })
    }
  }

  /** Adds a running program with all its threads. */
  add({ pid }: { readonly pid: number }): void {
    writeFileSync(join(this.#folder, 'cgroup.procs'), String(pid))
  }

  /** Its programs must have ended. */
  [Symbol.dispose]() {
    rmdirSync(this.#folder)
  }
}

const isSecond = () => existsSync(join(MOUNT, 'cgroup.controllers'))

/** Makes a group of version 2, whose controllers a parent turns on for its children. */
function ofSecond(quota: number): string {
  const controllers = readFileSync(join(MOUNT, 'cgroup.subtree_control'), 'utf8').trim().split(' ')
  if (!controllers.includes('cpu')) writeFileSync(join(MOUNT, 'cgroup.subtree_control'), '+cpu')
  const folder = mkdtempSync(join(MOUNT, 'postern-bench-'))
  writeFileSync(join(folder, 'cpu.max'), `${quota} ${PERIOD}`)
  return folder
}

function ofFirst(quota: number): string {
  const folder = mkdtempSync(join(MOUNT, 'cpu', 'postern-bench-'))
  writeFileSync(join(folder, 'cpu.cfs_period_us'), String(PERIOD))
  writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(quota))
  return folder
}
