import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** `last-resort` collects until nothing is left to collect, and returns all free pages to the system. */
type Flavor = 'regular' | 'last-resort'

type Collect = (options: {
  readonly type: 'major'
  readonly execution: 'async'
  readonly flavor: Flavor
}) => Promise<void>

let collect: Collect | undefined

/** Runs a full garbage collection of V8, which takes some tens of milliseconds; as a last resort, several times that. */
export function collectGarbage(flavor: Flavor = 'regular'): void {
  if (!collect) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as Collect
  }
  void collect({ type: 'major', execution: 'async', flavor })
}
