import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Node } from '../system/cluster/cluster.ts'
import { engineDisturbances } from './engine-disturbances.ts'
import {
  type Disturbance,
  type Disturbed,
  furnish,
  newFolder,
  PROGRAM,
  type Site,
  startAgain,
  writeConfig,
} from './site.ts'

/** One engine, with its data in SQLite. */
export class SqliteSite implements Site {
  readonly folder = newFolder()
  readonly version = `SQLite ${process.versions.sqlite}`
  readonly disturbances: Readonly<Record<string, Disturbance>>
  readonly #address: string
  readonly #node: Node
  /** How often the data was copied to another folder. */
  #copies = 0

  private constructor(address: string) {
    this.#address = address
    this.#node = new Node(this.#config('engine'), [PROGRAM])
    this.disturbances = {
      ...engineDisturbances(this.nodes),
      'copy to another storage killed': random => this.#move(random),
    }
  }

  /** @param address of this machine, for this site alone */
  static async start(address: string): Promise<SqliteSite> {
    const site = new SqliteSite(address)
    try {
      await furnish(site.nodes)
      return site
    } catch (error) {
      await site[Symbol.asyncDispose]()
      throw error
    }
  }

  get nodes(): readonly Node[] {
    return [this.#node]
  }

  #config(name: string): string {
    const storage = `type = "sqlite"\npath = "${join(this.folder, `data-${this.#copies}`)}"`
    return writeConfig(this.folder, name, { address: this.#address, storage })
  }

  /** Kills the engine, kills the command that copies its storage, has it finish, and starts the engine with the copy. */
  async #move(random: () => number): Promise<Disturbed> {
    const since = performance.now()
    await this.#node.stop('SIGKILL')
    this.#copies++
    const words = [`-config=${join(this.folder, 'engine.toml')}`, `-to=${this.#config('copy')}`]
    const copy = () => spawn(PROGRAM, ['operator', 'migrate', ...words], { stdio: 'ignore' })
    const first = copy()
    const ended = once(first, 'exit')
    await delay(random() * LONGEST_COPY)
    first.kill('SIGKILL')
    await ended
    // refused if the first had just finished; with an unfinished copy, the engine does not start
    await once(copy(), 'exit')
    this.#config('engine')
    await startAgain(this.#node)
    return { since }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#node.stop('SIGKILL')
  }
}

/** Milliseconds in which the copy is killed: it may have ended by then, or not have begun. */
const LONGEST_COPY = 500
