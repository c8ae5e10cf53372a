import { randomBytes, randomUUID } from 'node:crypto'
import { Cache } from '../../shared/lru.ts'
import { attempt } from '../../shared/result.ts'
import type { AlwaysEndpoint } from '../api/always-endpoint.ts'
import type { MountView } from '../api/call.ts'
import type { Endpoint } from '../api/endpoint.ts'
import type { Engine } from '../api/engine.ts'
import type { Operation } from '../api/request.ts'
import { Tampered } from '../storage/aead.ts'
import { KeptTable } from '../storage/kept-table.ts'
import type { Store } from '../storage/store.ts'
import { type Tx, transact } from '../storage/transact.ts'
import { tokenScope } from '../token/token-scope.ts'
import { findEndpoint } from './find-endpoint.ts'
import type { Lifetimes, Mount } from './mount.ts'
import { mountView } from './mount-view.ts'

export interface Route {
  readonly mount: Mount
  readonly engine: Engine
  /** None if the mount has no such path. */
  readonly endpoint: Endpoint | undefined
  readonly params: Readonly<Record<string, string>>
}

const table = new KeptTable<Mount>('core/mount/', {
  record: 'core/mount-names',
  cached: true,
  remember: ({ path }) => path,
})

/** Changes with every change of a mount, so that a node can detect changes by other nodes with one read. */
const GENERATION = 'core/mount-generation'

/** Paths whose routes are kept, for each operation. */
const ROUTES = 100

interface StoredMounts {
  readonly mounts: readonly Mount[]
  readonly lost: readonly string[]
}

/**
 * Routes paths to engines. Routing uses a copy, which every transaction checks against the store. Where changes by another node matter,
 * {@link Mounts.refresh} is called first.
 */
export class Mounts {
  readonly #store: Store
  readonly #engines: () => readonly Engine[]
  #byType: ReadonlyMap<string, Engine> | undefined
  /** The endpoints that are served in every state. */
  #always: readonly AlwaysEndpoint[] | undefined
  readonly #system: Lifetimes
  #mounts: readonly Mount[] = []
  /** Where paths lead with these mounts, by operation: one request asks several times. */
  readonly #routes = new Map<Operation | undefined, Cache<Route | undefined>>()
  #lost: readonly string[] = []
  #generation: string | undefined

  /** @param engines called once, when the first engine is needed: some of them administer these mounts */
  constructor(store: Store, engines: () => readonly Engine[], system: Lifetimes) {
    this.#store = store
    this.#engines = engines
    this.#system = system
  }

  /** Lifetimes of leases where the mount sets none. */
  get lifetimes(): Lifetimes {
    return this.#system
  }

  /** All mounts, sorted by path. */
  get all(): readonly Mount[] {
    return this.#mounts
  }

  /** Paths of mounts that were deleted from the storage other than by the engine: nothing is served there until they are restored. */
  get lost(): readonly string[] {
    return this.#lost
  }

  /** Reads the mounts from the store, after a change was committed. */
  async reload(): Promise<void> {
    // read first: a change in between is then read twice, and not missed
    const generation = await this.#storedGeneration()
    const { mounts, lost } = await transact(this.#store, tx => this.storedAndLost(tx))
    this.#take(mounts)
    this.#lost = lost
    // restoring a row does not change the generation
    this.#generation = lost.length > 0 ? undefined : generation
  }

  /** Reads them if another node has changed something since. */
  async refresh(): Promise<void> {
    if ((await this.#storedGeneration()) !== this.#generation) await this.reload()
  }

  /** Clears the copy, and the secrets that engines keep in memory: nothing is mounted any more. */
  forget(): void {
    this.#take([])
    this.#generation = undefined
    for (const engine of this.#byType?.values() ?? []) engine.forget?.()
  }

  #take(mounts: readonly Mount[]): void {
    this.#mounts = mounts
    this.#routes.clear()
  }

  /** The endpoint at this path that is served in every state, sealed or not. */
  always(path: string): AlwaysEndpoint | undefined {
    if (!path.startsWith('sys/')) return undefined
    const inner = path.slice('sys/'.length)
    this.#always ??= this.engineOf({ type: 'system' })?.endpoints.filter(isAlways) ?? []
    return this.#always.find(each => each.match(inner) !== undefined)
  }

  /** All mounts as the transaction reads them, sorted by path. */
  async stored(tx: Tx): Promise<readonly Mount[]> {
    return (await this.storedAndLost(tx)).mounts
  }

  /** All mounts, and the paths of those whose rows are missing. */
  async storedAndLost(tx: Tx): Promise<StoredMounts> {
    const mounts: Mount[] = []
    const lost: string[] = []
    for (const id of await table.list(tx)) {
      const mount = await attempt(() => table.get(tx, id))
      if (mount.ok && mount.value) mounts.push(mount.value)
      if (mount.ok) continue
      if (!(mount.error instanceof Tampered)) throw mount.error
      lost.push(String(await table.remembered(tx, id)))
    }
    return { mounts: mounts.sort((a, b) => (a.path < b.path ? -1 : 1)), lost }
  }

  /** Records the names of mounts that an older version has stored. */
  keep = (tx: Tx): Promise<void> => table.keep(tx)

  /** Whether there is a mount with this id that is not being removed. */
  async has(id: string): Promise<boolean> {
    const isThere = () => this.#mounts.some(mount => mount.id === id && !mount.leaving)
    // another node may have just created it
    if (!isThere()) await this.refresh()
    return isThere()
  }

  engineOf({ type }: Pick<Mount, 'type'>): Engine | undefined {
    this.#byType ??= new Map(this.#engines().map(engine => [engine.type, engine]))
    return this.#byType.get(type)
  }

  /** The mount at or above `path`. */
  at(path: string): Mount | undefined {
    const folder = `${path}/`
    return this.#mounts.find(mount => !mount.leaving && folder.startsWith(mount.path))
  }

  /** The mount and endpoint of a path. */
  find(path: string, operation?: Operation): Route | undefined {
    let routes = this.#routes.get(operation)
    if (!routes) {
      routes = new Cache(ROUTES)
      this.#routes.set(operation, routes)
    }
    return routes.get(path, () => this.#find(path, operation))
  }

  #find(path: string, operation: Operation | undefined): Route | undefined {
    const mount = this.at(path)
    const engine = mount && this.engineOf(mount)
    if (!engine) return undefined
    const found = findEndpoint(engine, { path: path.slice(mount.path.length), operation })
    return { mount, engine, endpoint: undefined, params: {}, ...found }
  }

  /** The mount as the transaction reads it; the commit then fails if the mount has changed meanwhile. */
  read = (tx: Tx, id: string): Promise<Mount | undefined> => table.get(tx, id)

  async put(tx: Tx, mount: Mount): Promise<void> {
    tx.put(GENERATION, Buffer.from(randomUUID()))
    await table.put(tx, mount.id, mount)
  }

  async delete(tx: Tx, { id }: Mount): Promise<void> {
    tx.put(GENERATION, Buffer.from(randomUUID()))
    await table.delete(tx, id)
  }

  async #storedGeneration(): Promise<string | undefined> {
    const entry = await this.#store.get(GENERATION)
    return entry && Buffer.from(entry.value).toString()
  }

  /** The part of the store that the mount's engine sees, in a request with the token of this hash if there is one. */
  scope(tx: Tx, mount: Mount, token?: string): Tx {
    const engine = this.engineOf(mount)
    if (engine?.perToken) {
      if (token === undefined) throw new Error(`${mount.type} is reached with a token only`)
      return tokenScope(tx, token)
    }
    return engine?.seesWholeStore ? tx : tx.under(keysOf(mount))
  }

  view = (mount: Mount): MountView => mountView(mount, this.#system)
}

const isAlways = (endpoint: Endpoint): endpoint is AlwaysEndpoint => endpoint.always !== undefined

/** The prefix of all keys of the mount. */
export const keysOf = ({ id }: Mount): string => `mount/${id}/`

export function newMount(
  path: string,
  type: string,
  more: Partial<Omit<Mount, 'path' | 'type'>> = {},
): Mount {
  return {
    id: randomUUID(),
    path,
    formerPaths: [],
    type,
    description: '',
    accessor: `${path.startsWith('auth/') ? 'auth_' : ''}${type}_${randomBytes(4).toString('hex')}`,
    salt: randomUUID(),
    local: false,
    sealWrap: false,
    options: null,
    defaultTtl: 0,
    maxTtl: 0,
    listingVisibility: '',
    auditRequestKeys: [],
    auditResponseKeys: [],
    naming: 'keyed',
    leaving: false,
    ...more,
  }
}
