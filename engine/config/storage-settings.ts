import { integer, oneOf, string } from '../../shared/field.ts'
import { Invalid } from '../../shared/invalid.ts'
import { Secret } from '../../shared/secret.ts'
import type { Settings } from '../../shared/settings.ts'
import { isClusterId } from '../seal/cluster-id.ts'
import { NEW_CLUSTER } from '../seal/cluster-memory.ts'
import { databaseWarning } from '../storage/database-tls.ts'
import type { Database } from '../storage/postgres-connections.ts'

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
  connection_url: string({ description: 'URL of the database of type "postgresql".' }),
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
    description: 'Maximum number of connections to the database of type "postgresql".',
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
    if (namesSeveral(url ?? ''))
      throw wrong(
        '"connection_url" names several hosts, but only one is supported: use an address that always leads to the primary',
      )
    if (!/^postgres(?:ql)?:$/.test(URL.parse(url ?? '')?.protocol ?? ''))
      throw wrong(
        'type "postgresql" needs "connection_url", such as postgresql://postern@db.example.com/postern?sslmode=verify-full',
      )
    checkTls(url ?? '', wrong)
    if (connections < 1) throw wrong('"max_parallel" must be at least 1')
    return { type, url: new Secret(url ?? ''), connections, schema }
  }
  if (type !== 'sqlite') return { type: 'inmem' }
  if (!path?.startsWith('/'))
    throw wrong('type "sqlite" needs "path", an absolute path of the folder for the database')
  return { type, path }
}

/** Whether a connection URL has several hosts, as libpq accepts. Such texts may not be valid URLs, or look like one host with an odd name. */
function namesSeveral(url: string): boolean {
  const [, hosts = ''] = /^postgres(?:ql)?:\/\/(?:[^/?#]*@)?([^/?#]*)/i.exec(url) ?? []
  const named = URL.parse(url)?.searchParams
  return [hosts, ...['host', 'port'].map(key => named?.get(key) ?? '')].some(text =>
    text.includes(','),
  )
}

/** @throws {Invalid} made by `wrong`, if the database server would not be verified */
function checkTls(url: string, wrong: (problem: string) => Invalid): void {
  try {
    databaseWarning(url)
  } catch (error) {
    throw error instanceof Invalid ? wrong(error.message) : error
  }
}
