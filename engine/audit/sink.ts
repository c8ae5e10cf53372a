/** Where the lines of one device go: a file, a connection. Used by one journal, one call at a time. */
export interface Sink extends AsyncDisposable {
  /** How long a line may take, in milliseconds. */
  readonly timeout: number
  /** Makes the target ready for a new run, anew if it was open. @throws {Error} if it cannot be had now */
  open(): Promise<LogEnd>
  /** Whether the file has been moved or deleted, so that what is written now would go to the wrong place. */
  moved(): Promise<boolean>
  /** Hands over whole lines. Resolves when the kernel has all of them. @throws {Error} if it may not have them all */
  write(lines: readonly Buffer[]): Promise<void>
  /** Breaks off a write that takes too long, where that is possible. */
  abort(): void
}

/** What a file ends with. */
export interface LogEnd {
  /** SHA-256 of the last line. */
  readonly last?: string
  /** What follows the last line: the beginning of one line, of which a crash or a full disk has left no more. */
  readonly torn?: StrayBytes
  /** What follows the last line and was not written by an engine. */
  readonly foreign?: StrayBytes
  /** An end of line must be written before the next line. */
  readonly cut?: boolean
  /** The id of the place, as the last head in it says. */
  readonly place?: string
}

/** Bytes in a log that are not one of its lines. */
export interface StrayBytes {
  readonly bytes: number
  readonly sha256: string
}
