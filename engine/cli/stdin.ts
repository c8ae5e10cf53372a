import { Readable } from 'node:stream'
import type { World } from './cli-io.ts'

interface Caller {
  readonly world: Pick<World, 'stdin'>
  readonly nonInteractive: boolean
}

/** Standard input; empty for a caller who must not be asked anything. */
export const readable =
  ({ world, nonInteractive }: Caller) =>
  (): Readable =>
    nonInteractive ? Readable.from([]) : world.stdin()
