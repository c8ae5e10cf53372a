import { Invalid } from '../../shared/invalid.ts'
import { ApiError } from '../api/errors.ts'
import type { Store } from '../storage/store.ts'
import { transact } from '../storage/transact.ts'
import { clusterIdOf } from './cluster-id.ts'
import type { ClusterMemory } from './cluster-memory.ts'
import { putSealRecord, type SealRecord, sealRecord } from './seal-record.ts'

interface Parts {
  readonly store: Store
  /** None for a storage that forgets. */
  readonly memory: ClusterMemory | undefined
  /** Told the id where nothing can keep it. */
  readonly cannotKeep: (id: string) => void
}

/** Holds the storage that is there against the one that the engine has had. */
export class StorageIdentity {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** What can be seen while the storage is sealed. @throws {Invalid} if it is empty or another */
  check(record: SealRecord | undefined): void {
    const known = this.#parts.memory?.id
    if (known === undefined) return
    if (!record)
      throw new Invalid(
        `the storage is empty, but this engine has had storage with the cluster id ${known}: give it that back, or run "postern operator adopt-storage" to begin anew`,
      )
    // one of an older version says no id; its root key will
    if (record.cluster !== undefined && record.cluster !== known)
      throw another(record.cluster, known)
  }

  /** @throws {ApiError} invalid, where an empty storage must not be initialized */
  requireMayBegin(): void {
    const { memory } = this.#parts
    if (memory && !memory.mayBegin)
      throw new ApiError(
        'invalid',
        'the storage is empty, and nothing on this machine says that it is new: set cluster_id = "new" in [storage] for the first initialization',
      )
  }

  /** To be called with the root key before anything is opened with it. @throws {Invalid} if the storage is another */
  confirm(rootKey: Uint8Array): void {
    const id = clusterIdOf(rootKey)
    const known = this.#parts.memory?.id
    if (known !== undefined && known !== id) throw another(id, known)
  }

  /** Remembers the storage that has been opened. */
  async remember(rootKey: Uint8Array): Promise<void> {
    const { memory, store, cannotKeep } = this.#parts
    const id = clusterIdOf(rootKey)
    if (memory && !memory.keep(id)) cannotKeep(id)
    await transact(store, async tx => {
      const record = await sealRecord(tx)
      if (record && record.cluster !== id) putSealRecord(tx, { ...record, cluster: id })
    })
  }
}

const another = (found: string, known: string) =>
  new Invalid(
    `the storage has the cluster id ${found}, but this engine has had ${known}: give it that back, or run "postern operator adopt-storage" to use this one`,
  )
