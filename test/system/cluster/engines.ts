import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { engineConfig, initialize, Node } from './cluster.ts'
import { serves } from './serves.ts'

/** Several engines with the same seal key, each a process of its own. */
export class Engines implements AsyncDisposable {
  readonly nodes: readonly Node[]
  readonly #folder = mkdtempSync(join(tmpdir(), 'postern-cluster-'))

  /** @param urls of the database, one for each engine */
  private constructor(urls: readonly string[]) {
    const keys = join(this.#folder, 'seal.key')
    writeFileSync(keys, randomBytes(32).toString('hex'), { mode: 0o600 })
    this.nodes = urls.map((url, index) => {
      const file = join(this.#folder, `engine-${index}.toml`)
      writeFileSync(file, engineConfig(url, keys), { mode: 0o600 })
      return new Node(file)
    })
  }

  /** Starts them at the same time, and mounts `ssh/` with a role `web`. */
  static async start(urls: readonly string[]): Promise<Engines> {
    const engines = new Engines(urls)
    try {
      await initialize(engines.nodes)
      return engines
    } catch (error) {
      await engines[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Waits until each node issues and redeems passwords. Gives the milliseconds until the last one did. */
  async served(): Promise<number> {
    const begun = performance.now()
    await Promise.all(this.nodes.map(serves))
    return Math.round(performance.now() - begun)
  }

  async [Symbol.asyncDispose]() {
    await Promise.all(this.nodes.map(node => node.stop('SIGKILL')))
    rmSync(this.#folder, { recursive: true })
  }
}
