import { randomBytes } from 'node:crypto'
import { Barrier } from '../../engine/storage/barrier.ts'
import type { Store } from '../../engine/storage/store.ts'

/** A new barrier around a new store, unsealed, with its keyring stored; and the root key, to open another one with. */
export async function openBarrier<S extends Store>(
  inner: S,
  options?: ConstructorParameters<typeof Barrier>[1],
) {
  const rootKey = randomBytes(32)
  const barrier = new Barrier(inner, options)
  barrier.create(rootKey)
  await barrier.commit({ reads: new Map(), writes: new Map([barrier.keyringEntry()]) })
  return { barrier, inner, rootKey }
}
