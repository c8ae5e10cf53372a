import { Tampered } from '../../storage/aead.ts'
import { Missing } from '../../storage/kept-table.ts'
import { Conflict } from '../../storage/store.ts'
import { type Place, partTally, type RevokedState } from './revoked-state.ts'
import { added, isSame, type Tally, tallyOf } from './tally.ts'

/** A revocation in the storage. */
export interface RevokedRow {
  readonly name: string
  /** When it was revoked, in milliseconds since 1970. */
  readonly at: number
  /** Whether the row says that the tally counts it. Rows of an older version do not. */
  readonly counted: boolean
}

/** A subset of the revocations, with a tally of its own. */
export interface Part {
  readonly part: string
  readonly exists: boolean
  /** The names that the store lists. */
  readonly list: () => Promise<readonly string[]>
  /** The row under a name, if there is one. @throws {Tampered} if it is not what was stored */
  readonly read: (name: string) => Promise<RevokedRow | undefined>
  /** The input to the hash of a name. */
  readonly hashed: (name: string) => string
}

/** The names of a part, and those among them that an older version has added since the tally was written. */
export interface CheckedPart {
  readonly names: readonly string[]
  readonly uncounted: readonly string[]
  readonly tally: Tally
}

const ATTEMPTS = 10

/**
 * The names of a part, checked against its tally. Names that another program has added, which cannot write valid values, are ignored
 * with a warning in the log.
 * @throws {Missing} if another program has deleted some from the storage
 */
export async function checkedRevocations(
  place: Place,
  { key, since }: RevokedState,
  part: Part,
): Promise<CheckedPart> {
  const { list, read, hashed, exists } = part
  const tallyNow = () => partTally(place, part.part, exists)
  const isCounted = (row: RevokedRow) => row.counted || row.at <= since
  const sum = (names: readonly string[]) => tallyOf(key, names.map(hashed))
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const tally = await tallyNow()
    const names = await list()
    if (isSame(sum(names), tally)) return { names, uncounted: [], tally }
    const rows = await readRows(place, names, read)
    // changed by a concurrent revocation
    if (!isSame(await tallyNow(), tally)) continue
    const counted = rows.filter(isCounted).map(({ name }) => name)
    const uncounted = rows.filter(row => !isCounted(row)).map(({ name }) => name)
    const all = rows.map(({ name }) => name)
    if (isSame(sum(counted), tally)) return { names: all, uncounted, tally }
    // counted although later than `since`: clocks of nodes differ
    if (isSame(added(sum(counted), sum(uncounted)), tally))
      return { names: all, uncounted: [], tally }
    throw new Missing(`${place.mount.path}revoked, of ${part.part}`, tally.count)
  }
  throw new Conflict(`${part.part} changed during each of ${ATTEMPTS} reads`)
}

async function readRows(
  place: Place,
  names: readonly string[],
  read: Part['read'],
): Promise<readonly RevokedRow[]> {
  const rows = await Promise.all(
    names.map(async name => {
      try {
        return await read(name)
      } catch (error) {
        if (!(error instanceof Tampered)) throw error
        place.warn?.(
          `a revocation of ${JSON.stringify(name)} was added to the storage by another program: it is ignored`,
        )

        return undefined
      }
    }),
  )
  return rows.filter(row => row !== undefined)
}
