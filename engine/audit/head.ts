import { hostname } from 'node:os'
import { printableJson } from '../../shared/printable-json.ts'
import type { Ending } from './sink.ts'

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
  /** SHA-256 of the last head that the store remembers of this place, which must stand somewhere before. */
  readonly after?: string | undefined
  /** What stands between that line and this one, and is no line. */
  readonly torn?: Ending['torn']
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
