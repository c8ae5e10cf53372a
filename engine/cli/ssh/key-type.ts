import { KEY_TYPES, type KeyType, parseKeyType } from '../../ssh/role/key-type.ts'
import type { Client } from '../client.ts'
import { Failure } from '../failure.ts'
import { valueText } from '../value-text.ts'
import type { RoleNaming } from './binding.ts'
import { mayUse, shownRole } from './shown-role.ts'

/** What a role makes, and for what. */
export interface RoleKind {
  readonly keyType: KeyType
  readonly naming: RoleNaming
}

/**
 * The kind of credential that a role makes, and for what. If the caller may not read the role, it is derived from the caller's capabilities;
 * `otp` if those do not decide.
 * @throws {Failure} for a role of a kind that this program does not know
 */
export async function kindOf(client: Client, mount: string, role: string): Promise<RoleKind> {
  const shown = await shownRole(client, mount, role)
  if (shown) {
    const naming = shown.hosts || shown.host_groups ? 'hosts' : 'addresses'
    return { keyType: modeOf(valueText(shown.key_type ?? 'otp')), naming }
  }
  const [, ask, sign] = await mayUse(client, mount, role)
  return { keyType: sign && !ask ? 'ca' : 'otp', naming: undefined }
}

/** The kind that -mode, or a role, names. @throws {Failure} for any other */
export function modeOf(text: string): KeyType {
  const mode = parseKeyType(text)
  if (mode) return mode
  throw new Failure(`Unknown SSH mode: ${text}. Use ${KEY_TYPES.join(' or ')}`)
}
