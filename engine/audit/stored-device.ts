import type { KeyObject } from 'node:crypto'
import type { Store } from '../storage/store.ts'
import { type AuditDevice, newDevice } from './device.ts'
import { deviceOptions } from './device-options.ts'
import { placeMemory } from './place-memory.ts'
import type { RawOptions } from './raw-options.ts'
import type { StrayBytes } from './sink.ts'
import { workerOptions } from './worker-options.ts'

interface DeviceDescription {
  readonly path: string
  readonly type: string
  readonly options: RawOptions
  readonly salt: string
}

/** What all devices of this process have in common. */
interface ProcessContext {
  readonly store: Store
  readonly cluster: string
  /** The number of this process, where several are one node. */
  readonly worker: number | undefined
  /** Signs the heads; and the public half, as text. */
  readonly secret: KeyObject
  readonly text: string
  /** Is told of what stands in the file of a device, and no engine has written. */
  readonly foreign: (device: string, found: StrayBytes) => void
}

/** The device of a description, whose last head the store remembers. */
export function storedDevice(
  { path, type, options, salt }: DeviceDescription,
  { store, cluster, worker, secret, text, foreign }: ProcessContext,
): AuditDevice {
  return newDevice({
    ...{ path, salt, cluster, worker },
    options: workerOptions(deviceOptions(type, options), worker),
    ...{ key: secret, publicKey: text },
    memory: name => placeMemory(store, name),
    foreign: found => foreign(path, found),
  })
}
