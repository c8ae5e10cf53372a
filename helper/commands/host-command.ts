import type { DeclaredFlags, HostFlags } from './host-flags.ts'

/** A command of the helper that timers and administrators run. */
export interface HostCommand extends DeclaredFlags {
  /** Paragraphs. */
  readonly text: string
  readonly examples: readonly string[]
  readonly run: (flags: HostFlags) => Promise<string>
}
