import { Invalid } from '../../shared/invalid.ts'
import { ApiError } from '../api/errors.ts'
import type { Store } from '../storage/store.ts'
import { transact } from '../storage/transact.ts'
import { clusterIdOf } from './cluster-id.ts'
import type { ClusterMemory } from './cluster-memory.ts'
import { putSealRecord, type SealRecord, sealRecord } from './seal-record.ts'

interface Parts {
  readonly store: Store
  /** Undefined for a storage in memory. */
  readonly memory: ClusterMemory | undefined
  /** Called with the id if it cannot be stored. */
  readonly cannotKeep: (id: string) => void
}

/** Compares the storage with the one that the engine had before. */
export class StorageIdentity {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Checks what is visible while sealed. @throws {Invalid} if the storage is empty or another one */
  check(record: SealRecord | undefined): void {
    const known = this.#parts.memory?.id
    if (known === undefined) return
    if (!record)
      throw new Invalid(
        `the storage is empty, but this engine had a storage with the cluster id ${known}: restore that, or run "postern operator adopt-storage" to start with the new one`,
      )
    // a storage of an older version has no id; its root key is checked later
    if (record.cluster !== undefined && record.cluster !== known)
      throw another(record.cluster, known)
  }

  /** @throws {ApiError} invalid, if an empty storage must not be initialized */
  requireMayBegin(): void {
    const { memory } = this.#parts
    if (memory && !memory.mayBegin)
      throw new ApiError(
        'invalid',
        'the storage is empty, and nothing on this machine says that it is new: set cluster_id = "new" in [storage] for the first initialization',
      )
  }

  /** To be called with the root key before it is used. @throws {Invalid} if the storage is another one */
  confirm(rootKey: Uint8Array): void {
    const id = clusterIdOf(rootKey)
    const known = this.#parts.memory?.id
    if (known !== undefined && known !== id) throw another(id, known)
  }

  /** Stores the id of the unsealed storage. */
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
    `the storage has the cluster id ${found}, but this engine had ${known}: restore that storage, or run "postern operator adopt-storage" to use this one`,
  )
