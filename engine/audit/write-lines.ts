import { fdatasync, write } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'

const [writeTo, synchronise] = [promisify(write), promisify(fdatasync)]

/** Milliseconds between attempts to write to a full pipe. */
const PAUSE = 5

interface Options {
  /** Wait until the lines are on the disk (fdatasync). */
  readonly sync: boolean
  /** Milliseconds after which a full pipe is an error. */
  readonly timeout: number
}

/** Writes lines to an open file, in one system call if possible. @throws {Error} if some may be missing */
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
