import type { Known, Words } from './host-flags.ts'

/** What timers and people have the helper do for a host. */
export interface HostCommand extends Known {
  /** Paragraphs. */
  readonly text: string
  readonly examples: readonly string[]
  readonly run: (words: Words) => Promise<string>
}
