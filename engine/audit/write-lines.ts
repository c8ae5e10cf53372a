import { fdatasync, write } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'

const [writeTo, synchronise] = [promisify(write), promisify(fdatasync)]

/** Milliseconds before a pipe that is full is tried again. */
const PAUSE = 5

interface Options {
  /** Wait until the lines are on the disk, not only in the kernel. */
  readonly sync: boolean
  /** Milliseconds for which a full pipe is tried again. */
  readonly timeout: number
}

/** Writes lines to an open file: in one call of the kernel, if it takes them all. @throws {Error} if it may not have all of them */
export async function writeLines(
  descriptor: number,
  lines: readonly Buffer[],
  { sync, timeout }: Options,
): Promise<void> {
  const bytes = lines.length === 1 && lines[0] ? lines[0] : Buffer.concat(lines)
  const deadline = performance.now() + timeout
  for (let done = 0; done < bytes.length; ) {
    try {
      done += (await writeTo(descriptor, bytes, done, bytes.length - done, null)).bytesWritten
    } catch (error) {
      const full = (error as NodeJS.ErrnoException).code === 'EAGAIN'
      if (!full || performance.now() > deadline) throw error
      await setTimeout(PAUSE)
    }
  }
  if (sync) await synchronise(descriptor)
}
