import { integer, oneOf, string } from '../../shared/field.ts'
import { Invalid } from '../../shared/invalid.ts'
import { Secret } from '../../shared/secret.ts'
import type { Settings } from '../../shared/settings.ts'
import { isClusterId } from '../seal/cluster-id.ts'
import { NEW_CLUSTER } from '../seal/cluster-memory.ts'
import { databaseWarning } from '../storage/database-tls.ts'
import type { Database } from '../storage/postgres-connections.ts'

/** Where an engine keeps its data. */
export type StorageSettings =
  | { readonly type: 'inmem' }
  | {
      readonly type: 'sqlite'
      /** Folder that holds the database. */
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
  )({ default: 'inmem', description: 'Where the data lies.' }),
  path: string({ description: 'Folder that holds the database of type "sqlite".' }),
  connection_url: string({ description: 'URL of the database of type "postgresql".' }),
  cluster_id: string({
    description:
      'Which storage this is, as the engine says when it is opened: with another, or an empty one, it does not start. "new" for the first initialization.',
  }),
  schema: string({
    default: 'public',
    description: 'Schema that holds the tables in the database of type "postgresql".',
  }),
  max_parallel: integer({
    default: 16,
    description: 'Connections to the database of type "postgresql", at the most.',
  }),
}

/** Which storage it must be, as the table says. @throws {Invalid} that `wrong` makes of a problem */
export function readClusterId(
  { cluster_id: id }: Settings<typeof storageFields>,
  wrong: (problem: string) => Invalid,
): string | undefined {
  if (id !== undefined && id !== NEW_CLUSTER && !isClusterId(id))
    throw wrong('"cluster_id" must be "new", or the 32 digits that the engine has told')
  return id
}

/** What the table says. @throws {Invalid} that `wrong` makes of a problem */
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
        '"connection_url" names several hosts, and only one is connected to: write an address that is always that of the database which can be written to',
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

/** As libpq takes them. Some of these texts are no URLs, and others are taken for one host with a strange name. */
function namesSeveral(url: string): boolean {
  const [, hosts = ''] = /^postgres(?:ql)?:\/\/(?:[^/?#]*@)?([^/?#]*)/i.exec(url) ?? []
  const named = URL.parse(url)?.searchParams
  return [hosts, ...['host', 'port'].map(key => named?.get(key) ?? '')].some(text =>
    text.includes(','),
  )
}

/** @throws {Invalid} that `wrong` makes of a way to the database that is not checked */
function checkTls(url: string, wrong: (problem: string) => Invalid): void {
  try {
    databaseWarning(url)
  } catch (error) {
    throw error instanceof Invalid ? wrong(error.message) : error
  }
}
