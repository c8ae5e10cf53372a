import { KEY_TYPES, type KeyType, parseKeyType } from '../../ssh/role/key-type.ts'
import type { Client } from '../client.ts'
import { Failure } from '../failure.ts'
import { valueText } from '../value-text.ts'
import { mayUse, shownRole } from './shown-role.ts'

/**
 * The kind of credential that a role makes. If the caller may not read the role, it is derived from the caller's capabilities; `otp` if
 * those do not decide.
 * @throws {Failure} for a role of a kind that this program does not know
 */
export async function keyTypeOf(client: Client, mount: string, role: string): Promise<KeyType> {
  const shown = await shownRole(client, mount, role)
  if (shown) return modeOf(valueText(shown.key_type ?? 'otp'))
  const [, ask, sign] = await mayUse(client, mount, role)
  return sign && !ask ? 'ca' : 'otp'
}

/** The kind that -mode, or a role, names. @throws {Failure} for any other */
export function modeOf(text: string): KeyType {
  const mode = parseKeyType(text)
  if (mode) return mode
  throw new Failure(`Unknown SSH mode: ${text}. Use ${KEY_TYPES.join(' or ')}`)
}
