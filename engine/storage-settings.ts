import { oneOf, string } from '../shared/field.ts'
import type { Invalid } from '../shared/invalid.ts'
import type { Settings } from '../shared/settings.ts'

/** Where an engine keeps its data. */
export type StorageSettings =
  | { readonly type: 'inmem' }
  | {
      readonly type: 'sqlite'
      /** Folder that holds the database. */
      readonly path: string
    }

/** The keys of the table `[storage]`. */
export const storageFields = {
  type: oneOf(
    'inmem',
    'memory',
    'sqlite',
  )({ default: 'inmem', description: 'Where the data lies.' }),
  path: string({ description: 'Folder that holds the database of type "sqlite".' }),
  connection_url: string({ description: 'Not used by storage in memory.' }),
}

/** What the table says. @throws {Invalid} that `wrong` makes of a problem */
export function readStorage(
  { type, path }: Settings<typeof storageFields>,
  wrong: (problem: string) => Invalid,
): StorageSettings {
  if (type !== 'sqlite') return { type: 'inmem' }
  if (!path?.startsWith('/'))
    throw wrong('type "sqlite" needs "path", an absolute path of the folder for the database')
  return { type, path }
}
