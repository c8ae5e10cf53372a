import { setTimeout } from 'node:timers/promises'

/** Milliseconds between two looks, and until something must be so: much more than it takes on a busy machine. */
const POLL = 20
const LONGEST = 30_000

/** Waits until something is so. @param told what is known when it does not come to that @throws {Error} with it */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  told: () => string = () => String(isSo),
): Promise<void> {
  const end = performance.now() + LONGEST
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited in vain:\n${told()}`)
    await setTimeout(POLL)
  }
}
