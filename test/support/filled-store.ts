import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { upgrade } from '../../engine/core/background/upgrade.ts'
import { hashOf } from '../../engine/seal/hash-of.ts'
import { MemoryStore } from '../../engine/storage/memory.ts'
import type { Keygen } from './keygen.ts'
import { SigningHost } from './signing-host.ts'
import { rowsOf } from './tamper.ts'
import { testEngine } from './test-engine.ts'

export type Rows = ReadonlyMap<string, Uint8Array>

/** Credentials by what they are, which are good for nothing, or for less, once the store is filled. */
export type Things = Readonly<Record<string, string>>

export const HERE = { ip: '10.1.2.3' }

const ALL = 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }'
const NO_SSH = 'path "ssh/creds/*" { capabilities = ["deny"] }'
const NO_CUBBYHOLE = 'path "cubbyhole/*" { capabilities = ["deny"] }'
const ROLE = { key_type: 'otp', default_user: 'ada', cidr_list: '10.0.0.0/8', ttl: '1h' }
const CA = { key_type: 'ca', allow_user_certificates: true, allowed_users: '*', default_user: 'a' }

/** Hosts of the mount `hosts`: one that is disabled, one with the key that it had first, one that is deleted, and one that is never enrolled. */
export const HOSTS = {
  off: new SigningHost('off'),
  again: new SigningHost('again'),
  deleted: new SigningHost('deleted'),
  late: new SigningHost('late'),
}

/** A store in which something of every kind has been made, and then taken back. */
export async function filledStore(keygen: Keygen, folder: string) {
  const inner = new MemoryStore()
  const sealKeys = [randomBytes(32)]
  const made = await testEngine({ store: inner, sealKeys })
  const { core, post, ask, get } = made
  await upgrade(core)
  const ok = async (path: string, data: object = {}, token?: string) => {
    const answer = await post(path, data, token)
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer)}`)
    return answer.body
  }
  const older: Rows[] = []
  const remember = async () => void older.push(await rowsOf(inner))
  const things: Record<string, string> = {}
  const tokenOf = async (policies: readonly string[], more: object = {}, by?: string) =>
    (await ok('auth/token/create', { policies, ...more }, by)).auth.client_token as string
  const otp = async (by?: string) => (await ok('ssh/creds/web', HERE, by)).data.key as string

  await ok('sys/policies/acl/all', { policy: ALL })
  await ok('sys/policies/acl/no-ssh', { policy: ALL })
  await ok('sys/policies/acl/more', { policy: ALL })
  for (const path of ['ca', 'gone', 'hosts']) await ok(`sys/mounts/${path}`, { type: 'ssh' })
  const enroll = async (host: SigningHost) => {
    const { token } = (await ok(`hosts/hosts/${host.name}/enroll`)).data
    await ok('hosts/enroll', host.enrollment(token), '')
  }
  for (const host of [HOSTS.off, HOSTS.again, HOSTS.deleted]) await enroll(host)
  things['enrolment token'] = (await ok('hosts/hosts/late/enroll', { ttl: '1h' })).data.token
  for (const path of ['ssh', 'gone']) await ok(`${path}/roles/web`, ROLE)
  await ok('ssh/roles/narrow', ROLE)
  await ok('ssh/roles/deleted', ROLE)
  const first = (await ok('ca/config/ca', { key_type: 'ed25519' })).data.issuer_id
  await ok('ca/roles/web', { ...CA, allow_user_key_ids: true, ttl: '1h' })
  for (const path of ['approle', 'leaving', 'userpass'])
    await ok(`sys/auth/${path}`, { type: path === 'userpass' ? path : 'approle' })
  await ok('auth/userpass/users/eve', { password: 'first', token_policies: ['all'] })
  await ok('auth/userpass/login/eve', { password: 'first' }, '')
  for (const [mount, role] of [
    ['approle', 'ada'],
    ['approle', 'bob'],
    ['approle', 'cy'],
    ['approle', 'deleted'],
    ['leaving', 'dan'],
  ] as const) {
    await ok(`auth/${mount}/role/${role}`, { token_policies: ['all'] })
    const { role_id } = (await get(`auth/${mount}/role/${role}/role-id`)).body.data
    const { secret_id } = (await ok(`auth/${mount}/role/${role}/secret-id`)).data
    const { auth } = await ok(`auth/${mount}/login`, { role_id, secret_id }, '')
    Object.assign(things, { [`${role}'s role id`]: role_id, [`${role}'s secret id`]: secret_id })
    Object.assign(things, { [`${role}'s token`]: auth.client_token, [role]: auth.entity_id })
  }
  const destroyed = (await ok('auth/approle/role/bob/secret-id')).data.secret_id
  const spent = (await ok('auth/approle/role/bob/secret-id', { num_uses: 1 })).data.secret_id
  await ok('sys/quotas/rate-limit/narrow', { path: 'ssh/lookup', rate: 100 })
  const parent = await tokenOf(['all'])
  const child = await tokenOf(['all'], {}, parent)
  Object.assign(things, {
    ...{ destroyed, spent, parent, child },
    denied: await tokenOf(['all', 'no-ssh']),
    plain: await tokenOf(['default']),
    'with a policy': await tokenOf(['more']),
    revoked: await tokenOf(['all']),
    limited: await tokenOf(['all'], { num_uses: 2 }),
    short: await tokenOf(['all'], { ttl: '1h' }),
    'used password': await otp(),
    'password of the child': await otp(child),
    'password that ends': await otp(),
    'recovery key': made.shares[0]?.toString('hex') ?? '',
  })
  const revokedLater = await ok('ssh/creds/web', HERE)
  things['revoked password'] = revokedLater.data.key
  const key = keygen.key('-t', 'ed25519').line
  things['public key'] = key
  const sign = async (key_id: string) => (await ok('ca/sign/web', { public_key: key, key_id })).data
  const certificate = await sign('ann')
  await remember()

  await ok('hosts/hosts/off', { disabled: true })
  await enroll(new SigningHost('again'))
  await ask('delete', 'hosts/hosts/deleted')
  await ok('hosts/enroll', HOSTS.late.enrollment(things['enrolment token'] ?? ''), '')
  await ask('delete', 'hosts/hosts/late')
  await ok('hosts/config/verify', { anonymous: 'deny' })
  await remember()

  await ok('sys/policies/acl/no-ssh', { policy: NO_SSH })
  await ok('sys/policies/acl/default', { policy: NO_CUBBYHOLE })
  await ask('delete', 'sys/policies/acl/more')
  await remember()
  await ok('sys/quotas/rate-limit/narrow', { path: 'ssh/lookup', rate: 1 })
  await ok('auth/token/revoke', { token: things.revoked })
  for (let use = 0; use < 2; use++) await get('auth/token/lookup-self', things.limited)
  await ok('ssh/verify', { otp: things['used password'] }, '')
  await ok('sys/leases/revoke', { lease_id: revokedLater.lease_id, sync: true })
  await remember()
  const { id } = (await ok('identity/group', { name: 'in', member_entity_ids: [things.cy] })).data
  await ok('identity/group', { name: 'out', member_group_ids: [id], policies: ['no-ssh'] })
  await ok('identity/group', { name: 'g', member_entity_ids: [things.bob], policies: ['no-ssh'] })
  await remember()
  await ok(`identity/entity/id/${things.ada}`, { disabled: true })
  await remember()
  await ok('ca/revoke', { serial_number: certificate.serial_number })
  await ok('ca/revoke', { key_id: 'mary' })
  await remember()
  await ok('ca/issuers/import', { key_type: 'ed25519', set_default: true })
  const second = await sign('bob')
  await remember()
  await ok('ca/revoke', { issuer_ref: first })
  await ok('ca/revoke', { serial_number: second.serial_number })
  things.certificate = certificate.signed_key
  things['second certificate'] = second.signed_key
  await remember()
  await ok('auth/userpass/users/eve/password', { password: 'second' })
  await ok('auth/approle/role/bob/secret-id/destroy', { secret_id: destroyed })
  await ok('auth/approle/login', { role_id: things["bob's role id"], secret_id: spent }, '')
  await ask('delete', 'auth/approle/role/deleted')
  await ok('ssh/roles/narrow', { ...ROLE, cidr_list: '10.9.0.0/16' })
  await ask('delete', 'ssh/roles/deleted')
  await remember()
  await ask('delete', 'sys/mounts/gone')
  await ask('delete', 'sys/auth/leaving')
  await remember()
  const fresh = randomBytes(32)
  await core.sealing.authority.replace(Buffer.from(things['recovery key'] ?? '', 'hex'), {
    ...{ key: fresh, hash: hashOf(fresh), hashes: [hashOf(fresh)], isShown: true },
    quorum: { shares: 1, threshold: 1 },
  })
  await remember()
  await ok('sys/rotate')
  await ok('sys/audit/file', { type: 'file', options: { file_path: join(folder, 'audit.log') } })
  await core.audit.close()
  await ok('sys/policies/acl/more', { policy: NO_SSH })
  await ask('delete', 'sys/policies/acl/more')
  await core.audit.close()
  return { inner, sealKeys, things: things as Things, older, rows: await rowsOf(inner) }
}
