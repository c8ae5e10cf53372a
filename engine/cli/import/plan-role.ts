import { roleFields } from '../../ssh/role/role-fields.ts'
import type { JsonObject } from '../envelope.ts'
import type { SshMount } from '../snapshot/snapshot.ts'
import { textOf } from '../snapshot/text-of.ts'
import { keyId } from './ca-key-files.ts'
import type { Import } from './import-parts.ts'
import { isEmpty } from './same-value.ts'
import type { SshMounts } from './ssh-mounts.ts'

/** Plans a role. False if it is left. */
export function planRole(parts: Import, both: SshMounts, name: string): boolean {
  const { mount, present, issuers } = both
  const path = `${mount.path}roles/${name}`
  const data = mount.roles.get(name) ?? {}
  const issuer = issuerOf(mount, data)
  if (leavesRole(parts, both, { path, data, issuer })) return false
  leaveUnknown(parts, path, data)
  const old = present?.roles.get(name)
  const before = old && present && withIssuer(old, issuerOf(present, old))
  const after = translated(parts, withIssuer(takenOver(data), issuer))
  parts.builder.compare({
    path,
    before,
    after,
    async perform(client) {
      // a write replaces the role, so what only the target knows is sent again
      const extra = old?.key_type === data.key_type ? old : {}
      const ref = issuer === undefined ? undefined : issuers.get(issuer)
      const own = translated(parts, takenOver(data))
      await client.write(path, { ...extra, ...own, ...(ref && { issuer_ref: ref }) })
    },
  })
  return true
}

interface Found {
  readonly path: string
  readonly data: JsonObject
  readonly issuer: string | undefined
}

/** Whether a role would not work on the target, because a key that it names is not there. */
function leavesRole(
  { builder, caKeys }: Import,
  { mount, present, issuers }: SshMounts,
  { path, data, issuer }: Found,
): boolean {
  const key = textOf(data.key)
  if (data.key_type === 'dynamic' && !present?.adminKeys.includes(key)) {
    const remedy = `write the key, and import again: postern write ${mount.path}keys/${key} key=@FILE`
    builder.leave({ what: path, reason: `no server tells its admin key ${key}`, remedy })
    return true
  }
  if (issuer === undefined || issuers.has(issuer) || caKeys.has(issuer)) return false
  const remedy = 'import its key with -ca-key=FILE, or write the role with another issuer_ref'
  builder.leave({ what: path, reason: 'the target does not have the issuer that it names', remedy })
  return true
}

/** The public key of the issuer that a role names; undefined for the default, and if it names none that is there. */
function issuerOf({ issuers }: SshMount, { issuer_ref: ref }: JsonObject): string | undefined {
  const named = issuers.find(({ id, name }) => ref !== '' && (ref === id || ref === name))
  return named && keyId(named.publicKey)
}

/** Compared by its key, since an issuer has another id on every server. */
const withIssuer = (data: JsonObject, issuer: string | undefined): JsonObject =>
  issuer === undefined ? data : { ...data, issuer_ref: issuer }

/** The fields that Postern has. */
const takenOver = (data: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(data).filter(([name]) => Object.hasOwn(roleFields, name)))

/** Names the fields that say something, and that Postern does not have. */
function leaveUnknown({ builder }: Import, path: string, data: JsonObject): void {
  for (const [name, value] of Object.entries(data))
    if (!Object.hasOwn(roleFields, name) && !isEmpty(value))
      builder.leave({
        what: `${name} of ${path}`,
        reason: 'Postern has no such field',
        remedy: 'see what it does at the source, and whether you need it',
      })
}

const translated = ({ ids }: Import, data: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      typeof value === 'string' ? ids.translate(value) : value,
    ]),
  )
