import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { CliIo } from '../../cli-io.ts'
import { isObject, type Json } from '../../envelope.ts'
import { bootClock } from './boot-clock.ts'
import type { Check } from './check-context.ts'
import { readJson, replaceFile } from './private-files.ts'

/** Milliseconds in which one ssh reads its configuration again, as it does with CanonicalizeHostname or for several blocks. */
const SAME_LOGIN = 30_000

const FILE = 'told.json'

/** Writes a message to stderr, but not again for the same ssh. */
export function tellOnce(
  text: string,
  { ssh, directory }: Pick<Check, 'ssh' | 'directory'>,
  { stderr }: Pick<CliIo, 'stderr'>,
): void {
  const hash = createHash('sha256').update(text).digest('hex')
  const stored = readJson(join(directory, FILE)) as Json | undefined
  const told = isObject(stored) ? stored : {}
  const isRecent = Math.abs(bootClock() - Number(told.at)) < SAME_LOGIN
  if (told.pid === ssh.pid && told.hash === hash && isRecent) return
  stderr.write(text)
  try {
    replaceFile(directory, FILE, JSON.stringify({ pid: ssh.pid, hash, at: bootClock() }))
  } catch {
    // a directory that cannot be written: it is told again
  }
}
