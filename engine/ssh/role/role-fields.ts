import { name, string, type Values } from '../../../shared/field.ts'
import { fieldsOfSettings } from './role-setting.ts'
import { roleSettings } from './role-settings.ts'

/** The fields of a role, of every kind of role. Contract §2.2. */
export const roleFields = {
  role: name({ default: '', description: 'Name of the role.' }),
  key_type: string({
    default: '',
    required: true,
    description:
      'Kind of credential that the role issues: "otp", a one-time password, which the helper on the host redeems; "ca", a certificate, which is accepted by hosts that trust the issuer; or "dynamic", a key that is installed on the host and removed again.',
  }),
  ...fieldsOfSettings(roleSettings),
}

/** The values that a write of a role gives, defaults filled in. */
export type RoleValues = Values<typeof roleFields>
