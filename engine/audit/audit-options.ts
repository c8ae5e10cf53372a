import type { RawOptions } from './raw-options.ts'
import type { DeviceRecord } from './records.ts'

/** A device that the configuration of this node declares. */
export interface DeclaredDevice extends Omit<DeviceRecord, 'salt' | 'options'> {
  readonly options: RawOptions
}

export interface AuditOptions {
  readonly declared?: readonly DeclaredDevice[]
  /** Id of the cluster, which every head names. */
  readonly cluster: () => string
  /** The number of this process, where several are one node. */
  readonly worker?: number | undefined
  readonly log: { error(facts: object, message: string): void }
  /** Called for each line that a device could not write. */
  readonly failed?: (device: string) => void
}
