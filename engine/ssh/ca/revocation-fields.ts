import { string } from '../../../shared/field.ts'
import { isControlled } from '../../../shared/printable.ts'
import { ApiError } from '../../api/errors.ts'

/** The parameters of which one says which certificates are revoked. */
export const revocationFields = {
  serial_number: string({
    default: '',
    plain: true,
    description: 'Serial number of one certificate, in hexadecimal or in decimal as sshd logs it.',
  }),
  key_id: string({
    default: '',
    plain: true,
    description: 'Key id. Revokes every certificate with it, including later ones.',
  }),
  fingerprint: string({
    default: '',
    plain: true,
    description:
      'Fingerprint of a key, "SHA256:…". Revokes the key and every certificate for it, including later ones.',
  }),
  role: string({
    default: '',
    plain: true,
    description: 'Name of a role. Revokes every certificate signed with it so far.',
  }),
  entity_id: string({
    default: '',
    plain: true,
    description: 'Id of an entity. Revokes every certificate that it has requested so far.',
  }),
  issuer_ref: string({
    default: '',
    plain: true,
    description:
      'Name or id of an issuer. Revokes the issuer and every certificate that it has signed.',
  }),
}

/** By which of {@link revocationFields} certificates are revoked. */
export interface Revocation {
  readonly by: keyof typeof revocationFields
  readonly value: string
}

/** The one parameter that is given. @throws {ApiError} invalid, for none or several, or for what no certificate has */
export function revocationOf(
  given: Readonly<Record<keyof typeof revocationFields, string>>,
): Revocation {
  const names = Object.keys(revocationFields) as (keyof typeof revocationFields)[]
  const [by, ...others] = names.filter(name => given[name] !== '')
  if (by === undefined || others.length > 0)
    throw invalid(`name exactly one of ${names.join(', ')}`)
  const value = given[by]
  if (by === 'fingerprint' && !/^SHA256:[A-Za-z0-9+/]{43}$/.test(value))
    throw invalid(
      'fingerprint must be of the form "SHA256:" and 43 characters, as ssh-keygen -l shows it',
    )
  // sshd refuses a list that it cannot read, and every login with it
  if (by === 'key_id' && (isControlled(value) || Buffer.byteLength(value) > 1024))
    throw invalid('no certificate has such a key id')
  return { by, value }
}

const invalid = (message: string) => new ApiError('invalid', message)
