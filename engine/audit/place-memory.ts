import { hash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Store } from '../storage/store.ts'
import { Table } from '../storage/table.ts'
import { type Tx, transact } from '../storage/transact.ts'
import { untampered } from '../storage/untampered.ts'
import { NOTHING } from './chain.ts'

/** What the store has of a file or receiver when a run begins. The first head of the run includes it. */
export interface RememberedHead {
  /** The id of the file or receiver. */
  readonly place: string
  /** SHA-256 of the last head; zeros if the file or receiver is new, null if its record has been deleted. */
  readonly after: string | null
  /** SHA-256 of the last head of another file or receiver that had this name. */
  readonly elsewhere?: string | undefined
}

/** Keeps the last head of a file or receiver across restarts. */
export interface HeadMemory {
  /** @param place the id in the last head of the file */
  recall(place: string | undefined): Promise<RememberedHead>
  keep(sha256: string): Promise<void>
}

/** The last head of each file or receiver, by its id. It reveals lines that were removed while no server was running. */
const heads = new Table<{ readonly sha256: string }>('audit/head/')

/** The id of the file or receiver that this machine last used under a name. */
const places = new Table<{ readonly id: string }>('audit/place/')

/** A memory in the store. @param name of the file or receiver */
export function placeMemory(store: Store, name: string): HeadMemory {
  const local = localName(name)
  let id = ''
  return {
    async recall(place) {
      const found = await transact(store, tx => recalled(tx, { place, local }))
      id = found.place
      return found
    },
    keep: sha256 => transact(store, async tx => heads.put(tx, id, { sha256 })),
  }
}

interface SinkNames {
  readonly place: string | undefined
  readonly local: string
}

async function recalled(tx: Tx, { place, local }: SinkNames): Promise<RememberedHead> {
  const named = (await untampered(places.get(tx, local)))?.id
  const id = place ?? named ?? randomBytes(16).toString('hex')
  if (named !== id) places.put(tx, local, { id })
  if (place === undefined && named === undefined) return begun(tx, { id, local })
  const other = named === undefined || named === id ? undefined : await headOf(tx, named)
  return { place: id, after: (await headOf(tx, id)) ?? null, elsewhere: other }
}

/** Records a new file or receiver. From now on a deleted record is noticed. */
async function begun(tx: Tx, { id, local }: { readonly id: string; readonly local: string }) {
  // older versions kept the head under the name
  const after = (await headOf(tx, local)) ?? NOTHING
  heads.put(tx, id, { sha256: after })
  heads.delete(tx, local)
  return { place: id, after }
}

const headOf = async (tx: Tx, id: string) => (await untampered(heads.get(tx, id)))?.sha256

/** A name that is unique to this machine. */
const localName = (name: string): string =>
  hash('sha256', `${machine()}\n${hostname()}\n${name}`, 'hex')

/** Distinguishes machines with the same host name. See machine-id(5). */
function machine(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim()
  } catch {
    // a container has none, but a unique host name
    return ''
  }
}
