import type { JsonObject } from '../envelope.ts'
import type { AuthMount, Mount } from './snapshot.ts'
import type { SourceReader } from './source-reader.ts'

/** Where each auth method keeps its accounts, and whether it has a configuration at `config`. */
const KINDS: Readonly<Record<string, { readonly folder: string; readonly config: boolean }>> = {
  token: { folder: 'roles', config: false },
  userpass: { folder: 'users', config: false },
  approle: { folder: 'role', config: false },
  jwt: { folder: 'role', config: true },
  oidc: { folder: 'role', config: true },
}

/** Whether Postern has an auth method of this type. */
export const isServedAuth = (type: string): boolean => Object.hasOwn(KINDS, type)

/** Reads the accounts of an auth method, without secrets, which no server tells. */
export async function readAuthMount(reader: SourceReader, mount: Mount): Promise<AuthMount> {
  const base = `auth/${mount.path}`
  const { folder = '', config = false } = KINDS[mount.type] ?? {}
  const accounts = await reader.all(`${base}${folder}`)
  const records = new Map<string, JsonObject>()
  const settings = config ? await reader.data(`${base}config`) : undefined
  if (settings) records.set('config', settings)
  const secretIds = new Map<string, number>()
  for (const [name, data] of accounts) {
    const path = `${folder}/${name}`
    records.set(
      path,
      mount.type === 'approle' ? await withRoleId(reader, `${base}${path}`, data) : data,
    )
    if (mount.type === 'approle')
      secretIds.set(path, (await reader.names(`${base}${path}/secret-id`)).length)
  }
  return { ...mount, records, secretIds }
}

async function withRoleId(
  reader: SourceReader,
  path: string,
  data: JsonObject,
): Promise<JsonObject> {
  const roleId = (await reader.data(`${path}/role-id`))?.role_id
  return roleId === undefined ? data : { ...data, role_id: roleId }
}
