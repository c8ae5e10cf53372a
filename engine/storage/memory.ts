import type { Entry } from './entry.ts'
import { type Batch, Conflict, type Page, type Store } from './store.ts'

/** A store in memory, for tests and for a server in development mode. */
export class MemoryStore implements Store {
  readonly #root = new Folder()
  #writes = 0

  async get(key: string) {
    return this.#root.folderOf(key)?.entries.get(nameOf(key))
  }

  async list(prefix: string, { after = '', limit = Number.POSITIVE_INFINITY }: Page = {}) {
    const start = nameOf(prefix)
    const names = this.#root.folderOf(prefix)?.names() ?? []
    const found: string[] = []
    for (const name of names) {
      if (found.length >= limit) break
      if (name.startsWith(start) && bytewise(name.slice(start.length), after) > 0)
        found.push(name.slice(start.length))
    }
    return found
  }

  async commit({ reads, writes }: Batch) {
    for (const [key, version] of reads) {
      const entry = this.#root.folderOf(key)?.entries.get(nameOf(key))
      if (entry?.version !== version) throw new Conflict(`${key} has changed`)
    }
    for (const [key, value] of writes) {
      if (value) this.#root.put(key.split('/'), { value, version: String(++this.#writes) })
      else this.#root.remove(key.split('/'))
    }
  }

  async [Symbol.asyncDispose]() {}
}

const nameOf = (key: string) => key.slice(key.lastIndexOf('/') + 1)

/** One level of the keys, so that the cost of a list depends on this level only. */
class Folder {
  readonly entries = new Map<string, Entry>()
  readonly #folders = new Map<string, Folder>()
  #sorted: readonly string[] | undefined

  /** The folder that holds `key`, if there is one. */
  folderOf(key: string): Folder | undefined {
    let folder: Folder = this
    for (const name of key.split('/').slice(0, -1)) {
      const next = folder.#folders.get(name)
      if (!next) return undefined
      folder = next
    }
    return folder
  }

  names(): readonly string[] {
    this.#sorted ??= [
      ...this.entries.keys(),
      ...[...this.#folders.keys()].map(name => `${name}/`),
    ].sort(bytewise)
    return this.#sorted
  }

  put([name = '', ...deeper]: readonly string[], entry: Entry): void {
    if (deeper.length > 0) {
      const folder = this.#folders.get(name) ?? new Folder()
      if (!this.#folders.has(name)) this.#sorted = undefined
      this.#folders.set(name, folder)
      folder.put(deeper, entry)
    } else {
      if (!this.entries.has(name)) this.#sorted = undefined
      this.entries.set(name, entry)
    }
  }

  remove([name = '', ...deeper]: readonly string[]): void {
    if (deeper.length === 0) {
      if (this.entries.delete(name)) this.#sorted = undefined
      return
    }
    const folder = this.#folders.get(name)
    folder?.remove(deeper)
    if (folder && folder.entries.size + folder.#folders.size === 0) {
      this.#folders.delete(name)
      this.#sorted = undefined
    }
  }
}

const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
