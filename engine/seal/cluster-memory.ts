import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { Invalid } from '../../shared/invalid.ts'
import { systemReason } from '../../shared/system-reason.ts'
import { isClusterId } from './cluster-id.ts'

/** In the configuration: the storage is empty because it is new, and not because it was emptied. */
export const NEW_CLUSTER = 'new'

export interface ClusterMemoryOptions {
  /** `cluster_id` of the configuration: an id, {@link NEW_CLUSTER}, or nothing. */
  readonly configured: string | undefined
  /** Files in which the id may be stored, in order of preference. */
  readonly files: readonly string[]
  /** Whether an empty storage may be initialized only where {@link NEW_CLUSTER} says so. */
  readonly mustSayNew: boolean
}

/**
 * The id of the engine's storage, kept on its own machine. An attacker who can write to the storage can empty or replace it; an engine that
 * accepted that would give a root token to the first client that initializes it.
 */
export class ClusterMemory {
  readonly #options: ClusterMemoryOptions

  constructor(options: ClusterMemoryOptions) {
    this.#options = options
  }

  /** The id of the storage; undefined if none is known. @throws {Invalid} for a file without an id, or one that cannot be read */
  get id(): string | undefined {
    const { configured, files } = this.#options
    if (configured !== undefined && configured !== NEW_CLUSTER) return configured
    for (const file of files) {
      const kept = contentOf(file)
      if (kept === undefined) continue
      if (!isClusterId(kept)) throw new Invalid(`${file} does not hold a cluster id`)
      return kept
    }
    return undefined
  }

  /** Whether an empty storage may be initialized. */
  get mayBegin(): boolean {
    const { configured, mustSayNew } = this.#options
    return this.id === undefined && (configured === NEW_CLUSTER || !mustSayNew)
  }

  /** Stores the id. Returns false if no file can be written: then it must be set in the configuration. */
  keep(id: string): boolean {
    if (this.id === id) return true
    return this.#options.files.some(file => write(file, `${id}\n`))
  }

  /** Deletes the id from files. @throws {Invalid} if it is set in the configuration */
  forget(): void {
    const { configured, files } = this.#options
    if (configured !== undefined && configured !== NEW_CLUSTER)
      throw new Invalid('"cluster_id" in [storage] names the storage: change it there')
    for (const file of files) rmSync(file, { force: true })
  }
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Invalid(`cannot read ${file}: ${systemReason(cause)}`, { cause })
  }
}

/** Writes the file; several processes of one engine may do so at once. Returns whether it is durable. */
function write(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}`
  try {
    const handle = openSync(draft, 'w', 0o644)
    try {
      writeSync(handle, text)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(draft, file)
    return contentOf(file) === text.trim()
  } catch {
    rmSync(draft, { force: true })
    return false
  }
}
