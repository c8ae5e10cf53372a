import type { IpAddress } from '../../../shared/address.ts'
import { attempt } from '../../../shared/result.ts'
import { KEY_TYPES, type KeyType, parseKeyType } from '../../ssh/role/key-type.ts'
import type { Client } from '../client.ts'
import { Failure } from '../failure.ts'
import { valueText } from '../value-text.ts'
import type { RoleNaming } from './binding.ts'
import { rolesFor } from './credential.ts'
import { mayUse, shownRole } from './shown-role.ts'

/** What a role makes, and for what. */
export interface RoleKind {
  readonly keyType: KeyType
  readonly naming: RoleNaming
}

/**
 * The kind of credential that a role makes, and for what. If the caller may not read the role, it is derived from the caller's capabilities
 * and from `lookup`; `otp` if those do not decide.
 * @throws {Failure} for a role of a kind that this program does not know
 */
export async function kindOf(client: Client, mount: string, role: string): Promise<RoleKind> {
  const shown = await shownRole(client, mount, role)
  if (shown) {
    const naming = shown.hosts || shown.host_groups ? 'hosts' : 'addresses'
    return { keyType: modeOf(valueText(shown.key_type ?? 'otp')), naming }
  }
  const [, ask, sign] = await mayUse(client, mount, role)
  const isForCertificates = sign && (!ask || (await signsCertificates(client, mount, role)))
  return { keyType: isForCertificates ? 'ca' : 'otp', naming: undefined }
}

/** Whether `lookup` lists a role among those that sign certificates, which it does for every address. False if the caller may not look up. */
async function signsCertificates(client: Client, mount: string, role: string): Promise<boolean> {
  const found = await attempt(() => rolesFor(client, mount, { ip: ANY_ADDRESS }))
  return found.ok && found.value.certificates.includes(role)
}

const ANY_ADDRESS = '127.0.0.1' as IpAddress

/** The kind that -mode, or a role, names. @throws {Failure} for any other */
export function modeOf(text: string): KeyType {
  const mode = parseKeyType(text)
  if (mode) return mode
  throw new Failure(`Unknown SSH mode: ${text}. Use ${KEY_TYPES.join(' or ')}`)
}
