import type { Call } from '../command.ts'
import { EXIT } from '../failure.ts'
import { listAll } from '../list-all.ts'
import { trimPath } from '../path.ts'
import type { MOUNT } from './mount-flag.ts'
import { moreAfter, type PAGE } from './page-flags.ts'

interface Listing {
  /** Below the mount. */
  readonly path: string
  /** Conditions, for parameters that are not empty. */
  readonly query: Readonly<Record<string, string>>
  /** One of what is listed. */
  readonly kind: string
  /** The fields of a table, by their headings. */
  readonly columns: Readonly<Record<string, string>>
}

/** Prints what an SSH secrets engine lists, and where to go on if there is more. Gives the exit code. */
export async function printList(
  { flags, print, io, connect }: Call<typeof MOUNT & typeof PAGE>,
  { path, query, kind, columns }: Listing,
): Promise<number> {
  const { mount, after, limit } = flags
  const wanted = { path: `${trimPath(mount)}/${path}`, query, after, limit, kind }
  const { records, next } = await listAll(connect({ wrapTtl: undefined }), wanted, io)
  await print.records(records, columns, kind)
  if (next !== undefined) print.note(moreAfter(next))
  return EXIT.ok
}
