import type { Hasher } from './hasher.ts'

/** How one device words what all devices are told. */
export interface DeviceFormat {
  readonly hasher: Hasher
  /** Of lists, only how long they are. */
  readonly elideLists: boolean
}
