import { Tampered } from '../../storage/aead.ts'
import { Missing } from '../../storage/kept-table.ts'
import { Conflict } from '../../storage/store.ts'
import { type Place, partTally, type RevokedState } from './revoked-state.ts'
import { added, isSame, type Tally, tallyOf } from './tally.ts'

/** A row of something revoked. */
export interface RevokedRow {
  readonly name: string
  /** When it was revoked, in milliseconds since 1970. */
  readonly at: number
  /** It says that the tally counts it. What an older version has written does not. */
  readonly counted: boolean
}

/** Some of what is revoked, of which one tally is kept. */
export interface Part {
  readonly part: string
  readonly exists: boolean
  /** The names that the store lists. */
  readonly list: () => Promise<readonly string[]>
  /** The row that stands under a name, if there is one. @throws {Tampered} if it is not what was stored */
  readonly read: (name: string) => Promise<RevokedRow | undefined>
  /** What the hash of a name is made of. */
  readonly hashed: (name: string) => string
}

/** Names, and those among them that an older version has added since the tally was made. */
export interface Whole {
  readonly names: readonly string[]
  readonly uncounted: readonly string[]
  readonly tally: Tally
}

const ATTEMPTS = 10

/**
 * The names of a part, when the tally says that none is missing. What somebody has added without being able to write a value is left out,
 * and the log says so.
 * @throws {Missing} if some have been deleted from the storage, and not by this program
 */
export async function wholePart(
  place: Place,
  { key, since }: RevokedState,
  part: Part,
): Promise<Whole> {
  const { list, read, hashed, exists } = part
  const tallyNow = () => partTally(place, part.part, exists)
  const isCounted = (row: RevokedRow) => row.counted || row.at <= since
  const sum = (names: readonly string[]) => tallyOf(key, names.map(hashed))
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const tally = await tallyNow()
    const names = await list()
    if (isSame(sum(names), tally)) return { names, uncounted: [], tally }
    const rows = await readRows(place, names, read)
    // somebody has revoked something meanwhile
    if (!isSame(await tallyNow(), tally)) continue
    const counted = rows.filter(isCounted).map(({ name }) => name)
    const uncounted = rows.filter(row => !isCounted(row)).map(({ name }) => name)
    const all = rows.map(({ name }) => name)
    if (isSame(sum(counted), tally)) return { names: all, uncounted, tally }
    // clocks of nodes differ
    if (isSame(added(sum(counted), sum(uncounted)), tally))
      return { names: all, uncounted: [], tally }
    throw new Missing(`${place.mount.path}revoked, of ${part.part}`, tally.count)
  }
  throw new Conflict(`${part.part} changes again and again`)
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
        place.warn?.(`somebody has added a revocation of ${JSON.stringify(name)}: it is left out`)
        return undefined
      }
    }),
  )
  return rows.filter(row => row !== undefined)
}
