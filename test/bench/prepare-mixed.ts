import { memberOf } from './client.ts'
import { type Prepared, USER } from './mixed-tasks.ts'
import type { Operator } from './operator.ts'

const ROLES = {
  web: { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8', ttl: '1m' },
  user: {
    key_type: 'ca',
    allow_user_certificates: true,
    allowed_users: '*',
    default_user: 'ubuntu',
    ttl: '1m',
  },
} as const
/** Besides, so that lists have a length. */
const OTHER_ROLES = 20

const TOKENS = { token_policies: 'logins', token_ttl: '1m' } as const
const POLICY = 'path "ssh/creds/web" { capabilities = ["update"] }'
/** Far from what one source may ask for. */
const RATE = 1_000_000

/** Makes what mixed load needs: roles, a CA, a user, a machine, policies. */
export async function prepareMixed(operator: Operator, publicKey: string): Promise<Prepared> {
  const write = (path: string, data: object) => operator.ask('PUT', path, data)
  await write('sys/mounts/ssh', { type: 'ssh' })
  await write('ssh/config/ca', { generate_signing_key: true, key_type: 'ssh-ed25519' })
  for (const [name, role] of Object.entries(ROLES)) await write(`ssh/roles/${name}`, role)
  for (let at = 0; at < OTHER_ROLES; at++)
    await write(`ssh/roles/other${at}`, { ...ROLES.web, cidr_list: `192.0.2.${at}/32` })
  await write('sys/policies/acl/logins', { policy: POLICY })

  for (const method of ['userpass', 'approle']) await write(`sys/auth/${method}`, { type: method })
  await write(`auth/userpass/users/${USER.name}`, { password: USER.password, ...TOKENS })
  await write('auth/approle/role/machine', TOKENS)
  const roleId = memberOf(await operator.ask('GET', 'auth/approle/role/machine/role-id'), 'role_id')
  const secret = await write('auth/approle/role/machine/secret-id', {})

  for (const [at, path] of ['ssh', 'auth/userpass', 'auth/approle'].entries())
    await write(`sys/quotas/rate-limit/mixed${at}`, { path, rate: RATE })
  const stranger = await write('auth/token/create', { policies: ['default'], ttl: '24h' })
  return {
    token: operator.token,
    stranger: memberOf(stranger, 'client_token'),
    roleId,
    secretId: memberOf(secret, 'secret_id'),
    publicKey,
  }
}
