import type { KeyType } from './key-type.ts'
import { type StoredRole, showSettings } from './role-setting.ts'
import { roleSettings } from './role-settings.ts'

type RoleOf<K extends KeyType> = StoredRole<typeof roleSettings, K> & { readonly keyType: K }

/** A role that makes one-time passwords. */
export type OtpRole = RoleOf<'otp'>

/** A role that makes keys and installs them on the host. */
export type DynamicRole = RoleOf<'dynamic'>

/** A role that signs certificates. */
export type CaRole = RoleOf<'ca'>

/** A role as it is stored. Lists are kept as the text they were written as; lifetimes are seconds, and 0 leaves them to the mount. */
export type Role = OtpRole | DynamicRole | CaRole

/** What a read of the role answers. Contract §2.3. */
export const describeRole = (role: Role): object => ({
  key_type: role.keyType,
  ...showSettings(roleSettings, role.keyType, { ...role }),
})
