import type { DeclaredFlags, HostFlags } from './host-flags.ts'

/** What timers and people have the helper do for a host. */
export interface HostCommand extends DeclaredFlags {
  /** Paragraphs. */
  readonly text: string
  readonly examples: readonly string[]
  readonly run: (flags: HostFlags) => Promise<string>
}
