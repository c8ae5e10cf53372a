import type { KeyType } from '../../ssh/role/key-type.ts'
import type { RoleNaming } from './binding.ts'

/** A role that fits a login. */
export interface FittingRole {
  readonly role: string
  /** Undefined where the engine does not tell. */
  readonly keyType: KeyType | undefined
  /** By what it covers the host. */
  readonly naming: RoleNaming
}
