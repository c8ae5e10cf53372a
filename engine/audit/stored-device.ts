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

/** What all devices of this process share. */
interface ProcessContext {
  readonly store: Store
  readonly cluster: string
  /** The number of this process, where several are one node. */
  readonly worker: number | undefined
  /** The key that signs heads, and its public half as text. */
  readonly secret: KeyObject
  readonly text: string
  /** Called when the file of a device ends with bytes that no engine has written. */
  readonly foreign: (device: string, found: StrayBytes) => void
}

/** Makes a device from its description. The store keeps its last head. */
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
