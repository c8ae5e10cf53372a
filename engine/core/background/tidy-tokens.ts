import { Sealed } from '../../storage/sealed.ts'
import type { Page } from '../../storage/store.ts'
import { type Tx, transact } from '../../storage/transact.ts'
import { accessors, dropAccessor } from '../../token/tokens.ts'
import type { Core } from '../core.ts'

const PAGE = 1000

const running = new WeakSet<Core>()

/**
 * Deletes all accessors whose token no longer exists, and logs how many. Does not reject, and does nothing while another run is in
 * progress.
 */
export async function tidyTokens(core: Core): Promise<void> {
  if (running.has(core)) return
  running.add(core)
  try {
    let [looked, dropped] = [0, 0]
    for await (const names of pages(core, accessors))
      for (const name of names) {
        looked++
        if (await transact(core.store, tx => dropAccessor(tx, name))) dropped++
      }
    core.log.info({ looked, dropped }, 'tokens tidied')
  } catch (error) {
    if (!(error instanceof Sealed)) core.log.error({ error }, 'tidying tokens failed')
  } finally {
    running.delete(core)
  }
}

async function* pages(
  { store }: Core,
  list: (tx: Tx, page: Page) => Promise<readonly string[]>,
): AsyncGenerator<readonly string[]> {
  let names = await transact(store, tx => list(tx, { limit: PAGE }))
  while (names.length > 0) {
    yield names
    const after = names.at(-1) ?? ''
    names = await transact(store, tx => list(tx, { limit: PAGE, after }))
  }
}
