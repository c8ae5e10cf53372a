import { integer, oneOf, string } from '../../shared/field.ts'
import { Invalid } from '../../shared/invalid.ts'
import { Secret } from '../../shared/secret.ts'
import type { Settings } from '../../shared/settings.ts'
import { isClusterId } from '../seal/cluster-id.ts'
import { NEW_CLUSTER } from '../seal/cluster-memory.ts'
import type { Database } from '../storage/database.ts'
import { databaseUrls } from '../storage/database-hosts.ts'
import { databaseWarning } from '../storage/database-tls.ts'

/** The storage of an engine. */
export type StorageSettings =
  | { readonly type: 'inmem' }
  | {
      readonly type: 'sqlite'
      /** The directory of the database. */
      readonly path: string
    }
  | ({ readonly type: 'postgresql' } & Database)

/** The keys of the table `[storage]`. */
export const storageFields = {
  type: oneOf(
    'inmem',
    'memory',
    'sqlite',
    'postgresql',
  )({ default: 'inmem', description: 'Type of storage.' }),
  path: string({ description: 'Directory of the database of type "sqlite".' }),
  connection_url: string({
    description:
      'URL of the database of type "postgresql". With several hosts, as "a:5432,b:5432", the one that takes writes is used.',
  }),
  cluster_id: string({
    description:
      'Id of the storage, which the engine logs when it is unsealed. The engine does not start with another or an empty storage. "new" allows the first initialization.',
  }),
  schema: string({
    default: 'public',
    description: 'Schema of the tables in the database of type "postgresql".',
  }),
  max_parallel: integer({
    default: 16,
    description: 'Maximum number of connections to each server of type "postgresql".',
  }),
}

/** Reads `cluster_id` of the table `[storage]`. @throws {Invalid} made by `wrong` */
export function readClusterId(
  { cluster_id: id }: Settings<typeof storageFields>,
  wrong: (problem: string) => Invalid,
): string | undefined {
  if (id !== undefined && id !== NEW_CLUSTER && !isClusterId(id))
    throw wrong('"cluster_id" must be "new", or the 32 digits that the engine has logged')
  return id
}

/** Reads the table `[storage]`. @throws {Invalid} made by `wrong` */
export function readStorage(
  {
    type,
    path,
    connection_url: url,
    max_parallel: connections,
    schema,
  }: Settings<typeof storageFields>,
  wrong: (problem: string) => Invalid,
): StorageSettings {
  if (type === 'postgresql') {
    const urls = checked(() => databaseUrls(url ?? ''), wrong)
    if (!urls.every(each => /^postgres(?:ql)?:$/.test(URL.parse(each)?.protocol ?? '')))
      throw wrong(
        'type "postgresql" needs "connection_url", such as postgresql://postern@db.example.com/postern?sslmode=verify-full',
      )
    checked(() => databaseWarning(url ?? ''), wrong)
    if (connections < 1) throw wrong('"max_parallel" must be at least 1')
    return { type, url: new Secret(url ?? ''), connections, schema }
  }
  if (type !== 'sqlite') return { type: 'inmem' }
  if (!path?.startsWith('/'))
    throw wrong('type "sqlite" needs "path", an absolute path of the folder for the database')
  return { type, path }
}

/** @throws {Invalid} made by `wrong`, if `check` throws one */
function checked<T>(check: () => T, wrong: (problem: string) => Invalid): T {
  try {
    return check()
  } catch (error) {
    throw error instanceof Invalid ? wrong(error.message) : error
  }
}
