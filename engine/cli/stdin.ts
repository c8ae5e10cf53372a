import { Readable } from 'node:stream'
import type { CliIo } from './cli-io.ts'

interface Caller {
  readonly io: Pick<CliIo, 'stdin'>
  readonly nonInteractive: boolean
}

/** Standard input; empty with -non-interactive. */
export const stdinOf =
  ({ io, nonInteractive }: Caller) =>
  (): Readable =>
    nonInteractive ? Readable.from([]) : io.stdin()
