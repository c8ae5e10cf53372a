import { hostname } from 'node:os'
import { printableJson } from '../../shared/printable-json.ts'
import type { LogEnd } from './sink.ts'

/** Lines between signed heads, and at most in one write. */
export const LINES_PER_HEAD = 1000
export const LINES_PER_WRITE = 1000

/** Why a head was written. */
export type Reason =
  /** A run begins. */
  | 'opened'
  /** So many lines, or so much time, since the last one. */
  | 'interval'
  /** The file has been moved away, and this is its last line. */
  | 'moved'
  /** The first line of the file that replaces it. */
  | 'continued'
  /** The last line of the run. */
  | 'closed'

/** The content of a signed head. */
export interface Head {
  readonly reason: Reason
  /** Path of the device. */
  readonly device: string
  /** Id of the cluster. */
  readonly cluster: string
  /** The public key that verifies the signature. */
  readonly key: string
  /** SHA-256 of the last line that was in the file when the run began; none in an empty file. */
  readonly follows?: string | undefined
  /** The id of the file or receiver, under which the store keeps its last head. Absent in older versions. */
  readonly place?: string | undefined
  /**
   * SHA-256 of the last head that the store has of this file or receiver; an earlier line must have this hash. Zeros if the file or
   * receiver is new to the store, null if it is known but its record has been deleted.
   */
  readonly after?: string | null | undefined
  /** SHA-256 of the last head of another file that this node wrote to under the same name. */
  readonly elsewhere?: string | undefined
  /** The bytes between that line and this one: part of a line, or bytes that no engine has written. */
  readonly torn?: LogEnd['torn']
  readonly foreign?: LogEnd['foreign']
}

/** A head as a line without its position. */
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
    // not JSON; its signature does not verify either
    return undefined
  }
}
