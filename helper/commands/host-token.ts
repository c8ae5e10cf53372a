import { Invalid } from '../../shared/invalid.ts'
import { readTrusted } from '../../shared/trusted-file.ts'
import type { Config } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { askEngine, memberOf, requireStatus } from './engine-request.ts'
import type { HostFlags } from './host-flags.ts'

/** The flags by which a host authenticates. */
export const TOKEN_FLAGS = {
  'token-file': ['FILE', 'file with a token, which is renewed; or the two below'],
  'role-id-file': ['FILE', 'file with the role id of an AppRole'],
  'secret-id-file': ['FILE', 'file with the secret id of an AppRole'],
  'approle-mount': ['PATH', 'where AppRoles are mounted below auth/; approle if left out'],
} as const

/**
 * A token for the engine: from a file, and then it is renewed, or by a login with an AppRole.
 * @throws {Refusal}
 */
export async function hostToken(config: Config, flags: HostFlags): Promise<string> {
  const file = flags.optional('token-file')
  if (file === undefined) return approle(config, flags)
  const token = secretIn(file)
  const renewed = await askEngine(config, {
    method: 'PUT',
    path: '/auth/token/renew-self',
    token,
    body: {},
  })
  // 400: the token cannot be renewed, but may still be valid
  requireStatus(renewed, [200, 400], `the token in ${file}`)
  return token
}

async function approle(config: Config, flags: HostFlags): Promise<string> {
  const roleFile = flags.optional('role-id-file')
  if (roleFile === undefined)
    throw new Refusal('usage', 'name -token-file, or -role-id-file and -secret-id-file')
  const mount = flags.text('approle-mount', 'approle')
  const reply = await askEngine(config, {
    method: 'PUT',
    path: `/auth/${mount}/login`,
    body: { role_id: secretIn(roleFile), secret_id: secretIn(flags.required('secret-id-file')) },
  })
  requireStatus(reply, [200], `login with the AppRole in ${roleFile}`)
  const token = memberOf(reply, 'auth', 'client_token')
  if (typeof token !== 'string') throw new Refusal('protocol', 'the login gave no token')
  return token
}

function secretIn(file: string): string {
  try {
    return readTrusted(file, { secret: true }).trim()
  } catch (error) {
    throw error instanceof Invalid ? new Refusal('settings', error.message) : error
  }
}
