import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answered, type Cell, newKey } from './login-cells.ts'
import { HERE, KEY, OTP, textOf } from './variant.ts'

/** The login that is allowed, with the engine at `address`, and what it needs in `folder`. */
export const rightLogin = (folder: string, address: string): Cell => ({
  environment: {
    ...{ PAM_SERVICE: 'sshd', PAM_USER: 'alice', PAM_TYPE: 'auth', PAM_RHOST: '192.0.2.7' },
    SSH_CONNECTION: `192.0.2.7 50000 ${HERE} 22`,
  },
  settings: {
    vault_addr: [address],
    allowed_roles: ['ops', 'dev'],
    allowed_users: ['alice'],
    verify_keys: [textOf(KEY)],
    state_directory: join(folder, 'none'),
    ...hostSettings(folder),
  },
  typed: Buffer.from(OTP),
  said: { username: 'alice', ip: HERE, role_name: 'ops' },
  signed: {},
  by: KEY,
  signature: {},
  framed: answered(200),
})

/** The name of this host, and a key of it. */
function hostSettings(folder: string) {
  const file = join(folder, 'host.key')
  writeFileSync(file, newKey().export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return { host_name: 'web-1', host_key: file }
}
