import type { KeyType } from './key-type.ts'
import { type StoredRole, showSettings } from './role-setting.ts'
import { roleSettings } from './role-settings.ts'

type RoleOf<K extends KeyType> = StoredRole<typeof roleSettings, K> & { readonly keyType: K }

/** A role that issues one-time passwords. */
export type OtpRole = RoleOf<'otp'>

/** A role that issues keys and installs them on hosts. */
export type DynamicRole = RoleOf<'dynamic'>

/** A role that signs certificates. */
export type CaRole = RoleOf<'ca'>

/** A stored role. Lists are the text that was written; lifetimes are seconds, 0 for those of the mount. */
export type Role = { readonly [K in KeyType]: RoleOf<K> }[KeyType]

/** A role as a read returns it. Contract §2.3. */
export const describeRole = (role: Role): object => ({
  key_type: role.keyType,
  ...showSettings(roleSettings, role.keyType, { ...role }),
})
