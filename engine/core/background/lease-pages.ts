import { leasesOfToken, leasesUnder } from '../../lease/leases.ts'
import type { Store } from '../../storage/store.ts'
import { transact } from '../../storage/transact.ts'

const PAGE = 500

/**
 * The ids of all leases under `prefix`, which is empty or ends in `/`, a page at a time to bound the memory. May miss leases that are
 * created meanwhile.
 */
export async function* leasePages(store: Store, prefix: string): AsyncGenerator<readonly string[]> {
  const page = (after: string) =>
    transact(store, tx => leasesUnder(tx, prefix, { after, limit: PAGE }))
  for await (const names of pages(page, name => name)) {
    const ids = names.filter(name => !name.endsWith('/')).map(name => prefix + name)
    if (ids.length > 0) yield ids
    for (const folder of names.filter(name => name.endsWith('/')))
      yield* leasePages(store, prefix + folder)
  }
}

/** The ids of all leases of a token, a page at a time. */
export const tokenLeasePages = (store: Store, token: string): AsyncGenerator<readonly string[]> =>
  pages(
    after => transact(store, tx => leasesOfToken(tx, token, { after, limit: PAGE })),
    encodeURIComponent,
  )

/** @param keyOf the name under which an item is listed; the next page begins after it */
async function* pages(
  read: (after: string) => Promise<readonly string[]>,
  keyOf: (item: string) => string,
): AsyncGenerator<readonly string[]> {
  for (let after = ''; ; ) {
    const items = await read(after)
    const last = items.at(-1)
    if (last === undefined) return
    yield items
    after = keyOf(last)
  }
}
