import type { Hasher } from './hasher.ts'

/** How one device formats the entries that all devices get. */
export interface DeviceFormat {
  readonly hasher: Hasher
  /** Show only the length of lists. */
  readonly elideLists: boolean
}
