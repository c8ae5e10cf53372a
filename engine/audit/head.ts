import { hostname } from 'node:os'
import { printableJson } from '../../shared/printable-json.ts'
import type { LogEnd } from './sink.ts'

/** A signed head follows after so many lines; so many at the most are written at once. */
export const LINES_PER_HEAD = 1000
export const LINES_PER_WRITE = 1000

/** Why a head was written. */
export type Reason =
  /** A run begins. */
  | 'opened'
  /** Enough lines, or enough time, since the last one. */
  | 'interval'
  /** The file has been moved away, and this is its last line. */
  | 'moved'
  /** The first line of the file that takes its place. */
  | 'continued'
  /** The run ends: nothing of it follows. */
  | 'closed'

/** What a signed head says besides its place. */
export interface Head {
  readonly reason: Reason
  /** Path of the device. */
  readonly device: string
  /** Id of the cluster. */
  readonly cluster: string
  /** The public key that checks the signature. */
  readonly key: string
  /** SHA-256 of the last line that was in the file when the run began; none in an empty file. */
  readonly follows?: string | undefined
  /** The id of the file or receiver, by which the store remembers its last head. Versions before had none. */
  readonly place?: string | undefined
  /**
   * SHA-256 of the last head that the store remembers of this place, which must stand somewhere before; zeros where the place is new to
   * it, and null where the place is not, but what was remembered is gone.
   */
  readonly after?: string | null | undefined
  /** SHA-256 of the last head of another file that this node wrote to under the same name. */
  readonly elsewhere?: string | undefined
  /** What stands between that line and this one: the beginning of a line, or what no engine has written. */
  readonly torn?: LogEnd['torn']
  readonly foreign?: LogEnd['foreign']
}

/** A head as a line without its place. */
export const headBody = (head: Head): string =>
  printableJson({
    time: new Date().toISOString(),
    type: 'head',
    head: { ...head, host: hostname(), pid: process.pid },
  })

/** Reads a head back. @returns undefined for a line of another kind */
export function parseHead(line: string): Head | undefined {
  if (!/^\{"time":"[^"]*","type":"head",/.test(line)) return undefined
  try {
    return (JSON.parse(line) as { readonly head: Head }).head
  } catch {
    // no JSON, so it is no head; whoever asks finds that its signature is wrong, too
    return undefined
  }
}
