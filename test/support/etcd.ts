import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { request } from 'undici'
import { freePort } from './free-port.ts'
import { UNPRIVILEGED, unprivilegedFolder } from './unprivileged.ts'

const TRIES = 400
const POLL = 50

/** An etcd of one member, in a throw-away folder. */
export class Etcd implements AsyncDisposable {
  readonly #folder = unprivilegedFolder('postern-etcd-')
  readonly #ports: { readonly clients: number; readonly peers: number }
  #process: ChildProcess | undefined

  private constructor(clients: number, peers: number) {
    this.#ports = { clients, peers }
  }

  static async start(): Promise<Etcd> {
    const etcd = new Etcd(await freePort(), await freePort())
    await etcd.resume()
    return etcd
  }

  get url(): string {
    return `http://127.0.0.1:${this.#ports.clients}`
  }

  /** Starts it again with what it had, and waits until it answers. */
  async resume(): Promise<void> {
    const peers = `http://127.0.0.1:${this.#ports.peers}`
    const words = {
      'data-dir': join(this.#folder, 'data'),
      'listen-client-urls': this.url,
      'advertise-client-urls': this.url,
      'listen-peer-urls': peers,
      'initial-advertise-peer-urls': peers,
      'initial-cluster': `default=${peers}`,
    }
    this.#process = spawn(
      'etcd',
      Object.entries(words).map(([name, value]) => `--${name}=${value}`),
      { cwd: this.#folder, stdio: 'ignore', ...UNPRIVILEGED },
    )
    for (let tries = 0; tries < TRIES; tries++) {
      const isHealthy = await request(`${this.url}/health`).then(
        async ({ body }) => /"true"/.test(await body.text()),
        () => false,
      )
      if (isHealthy) return
      await setTimeout(POLL)
    }
    throw new Error('etcd does not answer')
  }

  /** Ends it at once. Its clients are refused. */
  async kill(): Promise<void> {
    const etcd = this.#process
    if (!etcd?.pid || etcd.exitCode !== null || etcd.signalCode !== null) return
    const ended = once(etcd, 'exit')
    etcd.kill('SIGKILL')
    await ended
  }

  async [Symbol.asyncDispose]() {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20 })
  }
}
