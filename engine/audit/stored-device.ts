import type { KeyObject } from 'node:crypto'
import type { Store } from '../storage/store.ts'
import { transact } from '../storage/transact.ts'
import { type AuditDevice, newDevice } from './device.ts'
import { deviceOptions, type RawOptions } from './device-options.ts'
import type { HeadMemory } from './journal.ts'
import { ownOptions } from './own-options.ts'
import { headName, lastHead, putHead } from './records.ts'

interface Described {
  readonly path: string
  readonly type: string
  readonly options: RawOptions
  readonly salt: string
}

/** What all devices of this process have in common. */
interface Surroundings {
  readonly store: Store
  readonly cluster: string
  /** The number of this process, where several are one node. */
  readonly worker: number | undefined
  /** Signs the heads; and the public half, as text. */
  readonly secret: KeyObject
  readonly text: string
}

/** The device of a description, whose last head the store remembers. */
export function storedDevice(
  { path, type, options, salt }: Described,
  { store, cluster, worker, secret, text }: Surroundings,
): AuditDevice {
  return newDevice({
    ...{ path, salt, cluster, worker },
    options: ownOptions(deviceOptions(type, options), worker),
    ...{ key: secret, publicKey: text },
    memory: place => memoryOf(store, headName(place)),
  })
}

const memoryOf = (store: Store, name: string): HeadMemory => ({
  recall: () => transact(store, tx => lastHead(tx, name)),
  keep: sha256 => transact(store, async tx => putHead(tx, name, sha256)),
})
