import type { DeclaredFlags, HostFlags } from './host-flags.ts'

/** What a command prints on stdout, and its exit code. */
export interface CommandResult {
  readonly text: string
  readonly code: number
}

/** A command of the helper that timers and administrators run. */
export interface HostCommand extends DeclaredFlags {
  /** Paragraphs. */
  readonly text: string
  readonly examples: readonly string[]
  /** A mere text has the exit code 0. */
  readonly run: (flags: HostFlags) => Promise<string | CommandResult>
}
