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

/** In the configuration: the storage is empty because it is the first time, and not because somebody has emptied it. */
export const NEW_CLUSTER = 'new'

export interface ClusterMemoryOptions {
  /** `cluster_id` of the configuration: an id, {@link NEW_CLUSTER}, or nothing. */
  readonly configured: string | undefined
  /** Files in which the id may be kept, the best first. */
  readonly files: readonly string[]
  /** Whether an empty storage may be initialized only where {@link NEW_CLUSTER} says so. */
  readonly mustSayNew: boolean
}

/**
 * Which storage the engine has had, as its own machine remembers it. Whoever can write to the storage can empty it, or put another in its
 * place; an engine that took that for its own would give a root token to whoever asks first.
 */
export class ClusterMemory {
  readonly #options: ClusterMemoryOptions

  constructor(options: ClusterMemoryOptions) {
    this.#options = options
  }

  /** The id of the storage; none where nothing is remembered. @throws {Invalid} for a file that holds none, or cannot be read */
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

  /** Keeps the id from now on. Gives false where no file can be written: then the configuration has to say it. */
  keep(id: string): boolean {
    if (this.id === id) return true
    return this.#options.files.some(file => write(file, `${id}\n`))
  }

  /** Forgets what is kept in files. @throws {Invalid} where the configuration says it */
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

/** Several processes of one engine may do so at once. Gives whether it is durable. */
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
