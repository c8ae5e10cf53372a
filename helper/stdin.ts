import { closeSync, constants, openSync, readSync } from 'node:fs'
import { Refusal } from './refusal.ts'

/** Bytes. pam_exec passes 511 at the most. */
const LARGEST_INPUT = 1024

/** Milliseconds between reads of an empty pipe; usually the password is there before the program has started. */
const POLL_INTERVAL = 5

/**
 * All of stdin.
 * @throws {Refusal} if that is more than a password
 */
export async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stdin()) {
    chunks.push(chunk)
    length += chunk.length
    if (length > LARGEST_INPUT)
      throw new Refusal('input', 'what was typed is too long, and was not sent')
  }
  return Buffer.concat(chunks)
}

/** Reopens a pipe for non-blocking reads: Node's own stream takes 4 ms to load. */
function stdin(): AsyncIterable<Buffer> {
  try {
    return polled(openSync('/proc/self/fd/0', constants.O_RDONLY | constants.O_NONBLOCK))
  } catch {
    // a socket cannot be reopened, and nothing can without /proc
    return process.stdin
  }
}

async function* polled(file: number): AsyncIterable<Buffer> {
  try {
    for (;;) {
      const bytes = Buffer.alloc(LARGEST_INPUT)
      const got = readSome(file, bytes)
      if (got === 0) return
      if (got === undefined) await new Promise(resolve => setTimeout(resolve, POLL_INTERVAL))
      else yield bytes.subarray(0, got)
    }
  } finally {
    closeSync(file)
  }
}

/** The number of bytes read, 0 at the end; undefined if there are none yet. */
function readSome(file: number, bytes: Buffer): number | undefined {
  try {
    return readSync(file, bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined
    throw error
  }
}
