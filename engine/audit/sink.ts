/** What the lines of one device are written to: a file or a connection. Used by one journal, one call at a time. */
export interface Sink extends AsyncDisposable {
  /** Timeout for writing a line, in milliseconds. */
  readonly timeout: number
  /** Opens the target for a new run, again if it was open. @throws {Error} if it cannot be opened */
  open(): Promise<LogEnd>
  /** Whether the open file has been moved or deleted. */
  moved(): Promise<boolean>
  /** Writes complete lines. Resolves when the kernel has all of them. @throws {Error} if some may be missing */
  write(lines: readonly Buffer[]): Promise<void>
  /** Cancels a write that takes too long, where that is possible. */
  abort(): void
}

/** The end of a log file. */
export interface LogEnd {
  /** SHA-256 of the last line. */
  readonly last?: string
  /** What follows the last line: part of a line, left by a crash or a full disk. */
  readonly torn?: StrayBytes
  /** What follows the last line and was not written by an engine. */
  readonly foreign?: StrayBytes
  /** A line end must be written before the next line. */
  readonly cut?: boolean
  /** The id of the file, from its last head. */
  readonly place?: string
}

/** Bytes in a log that are not one of its lines. */
export interface StrayBytes {
  readonly bytes: number
  readonly sha256: string
}
