import { randomBytes } from 'node:crypto'
import { counted } from '../../../shared/counted.ts'
import type { JsonObject } from '../envelope.ts'
import { dataOf } from '../reply.ts'
import { objectOf } from '../secrets/secrets-list.ts'
import type { AuthMount } from '../snapshot/snapshot.ts'
import { textOf } from '../snapshot/text-of.ts'
import type { Import } from './import-parts.ts'
import { planMount } from './plan-mount.ts'
import { isEmpty } from './same-value.ts'

/** Plans the auth methods with their users and roles, and the roles of tokens. */
export function planAuth(parts: Import): void {
  for (const mount of parts.source.authMounts) {
    const present = parts.target.authMounts.find(({ path }) => path === mount.path)
    if (mount.type === 'token' || planAuthMount(parts, mount, present))
      planRecords(parts, mount, present)
  }
}

function planAuthMount(parts: Import, mount: AuthMount, present: AuthMount | undefined): boolean {
  return planMount(parts, [mount, present], {
    root: 'sys/auth',
    async made(client) {
      const mounts = await dataOf('Error reading sys/auth', client.read('sys/auth'))
      parts.ids.accessors.set(mount.path, textOf(objectOf(mounts[mount.path]).accessor))
    },
  })
}

function planRecords(parts: Import, mount: AuthMount, present: AuthMount | undefined): void {
  const fresh: string[] = []
  for (const [path, data] of mount.records) {
    const before = present?.records.get(path)
    const isNew = planRecord(parts, { mount, path, data, before })
    if (isNew) fresh.push(path)
    leaveSecretId(parts, { mount, path, known: present?.secretIds.get(path) ?? 0 })
  }
  if (mount.type === 'userpass' && fresh.length > 0)
    parts.builder.leave({
      what: `passwords of ${counted(fresh.length, 'user')} of auth/${mount.path}`,
      reason:
        'no server tells the hashes of passwords: each new user gets a random one that nobody knows',
      remedy: `set one for each: postern write auth/${mount.path}users/NAME/password password=-`,
    })
}

interface AuthRecord {
  readonly mount: AuthMount
  readonly path: string
  readonly data: JsonObject
  readonly before: JsonObject | undefined
}

/** Plans one user, role or configuration. Says whether it is new. */
function planRecord(parts: Import, record: AuthRecord): boolean {
  const { builder } = parts
  const { mount, path, before } = record
  const whole = `auth/${mount.path}${path}`
  if (path === 'config' && leavesConfig(parts, record)) return false
  const after = takenOver(parts, record)
  builder.compare({
    path: whole,
    before,
    after,
    async perform(client) {
      const { local_secret_ids: _, ...changeable } = after
      const password = randomBytes(32).toString('base64url')
      const body = before
        ? changeable
        : { ...after, ...(mount.type === 'userpass' && { password }) }
      await client.write(whole, body)
    },
  })
  return !before
}

/** A configuration with a client secret is not written without it, which would end every login. Says whether it is left. */
function leavesConfig({ builder }: Import, { mount, data, before }: AuthRecord): boolean {
  if (isEmpty(data.oidc_client_id) || before) return false
  builder.leave({
    what: `auth/${mount.path}config`,
    reason: 'no server tells the client secret',
    remedy: `write it with the settings of the source: postern write auth/${mount.path}config oidc_client_secret=- …`,
  })
  return true
}

/** The fields that the target can have. Others are named. */
function takenOver({ builder }: Import, { mount, path, data, before }: AuthRecord): JsonObject {
  const what = `auth/${mount.path}${path}`
  const fields = withKnownMode(withoutOlderNames(data))
  if (/^(?:default-)?batch$/.test(textOf(data.token_type)))
    builder.leave({
      what: `token_type of ${what}`,
      reason: 'Postern has no batch tokens, and issues service tokens instead',
      remedy: 'nothing, unless clients depend on it that the tokens cannot be renewed',
    })
  if (data.callback_mode === 'direct')
    builder.leave({
      what: `callback_mode of ${what}`,
      reason: 'Postern has no mode "direct"; the role gets "client"',
      remedy: `for logins without a browser on the machine: postern write ${what} callback_mode=device`,
    })
  const unknown = Object.keys(fields).filter(
    name => before && !(name in before) && !isEmpty(fields[name]),
  )
  for (const name of unknown)
    builder.leave({
      what: `${name} of ${what}`,
      reason: 'the target has no such field',
      remedy: 'see what it does at the source, and whether you need it',
    })
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !unknown.includes(name)))
}

/** A role of OIDC whose mode the target does not have gets the one that is the default. */
const withKnownMode = (data: JsonObject): JsonObject =>
  data.callback_mode === 'direct'
    ? { ...data, callback_mode: 'client', oidc_disable_confirmation: false }
    : data

/** Older servers show some settings under two names. */
function withoutOlderNames({ name: _, ...data }: JsonObject): JsonObject {
  const isOlder = (name: string) =>
    `token_${name}` in data || (name === 'bound_cidr_list' && 'secret_id_bound_cidrs' in data)
  const type = textOf(data.token_type)
  return {
    ...Object.fromEntries(Object.entries(data).filter(([name]) => !isOlder(name))),
    // a "default-" type lets a request choose, and all choose the same here
    ...(type !== '' && { token_type: /batch|^default-/.test(type) ? 'default' : type }),
  }
}

function leaveSecretId(
  { builder }: Import,
  {
    mount,
    path,
    known,
  }: { readonly mount: AuthMount; readonly path: string; readonly known: number },
): void {
  const count = mount.secretIds.get(path) ?? 0
  if (count === 0 || known > 0) return
  builder.leave({
    what: `${counted(count, 'secret id')} of auth/${mount.path}${path}`,
    reason: 'no server tells them; the role id stays the same',
    remedy: `make new ones for its machines: postern write -force auth/${mount.path}${path}/secret-id`,
  })
}
