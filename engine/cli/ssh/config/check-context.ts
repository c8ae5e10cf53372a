import type { CallingSsh } from './calling-ssh.ts'
import type { Asked } from './check-words.ts'

/** What the check found out before it asked the engine. */
export interface Check {
  readonly asked: Asked
  readonly ssh: CallingSsh
  /** Directory of sockets, certificates and notes. */
  readonly directory: string
  /** The most sessions of one connection. */
  readonly most: number
  /** When it began, by `bootClock`. */
  readonly begun: number
}
