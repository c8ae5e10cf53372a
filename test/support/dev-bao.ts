import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bao } from './clients.ts'
import { freePort } from './free-port.ts'
import { until } from './until.ts'

/** A real OpenBao in memory, with the root token `root`. */
export class DevBao implements AsyncDisposable {
  readonly address: string
  /** A directory for this server alone; the home of `run`. */
  readonly folder: string
  readonly #server: ChildProcess

  private constructor(server: ChildProcess, address: string, folder: string) {
    this.#server = server
    this.address = address
    this.folder = folder
  }

  static async start(): Promise<DevBao> {
    const folder = mkdtempSync(join(tmpdir(), 'postern-bao-'))
    const listen = `127.0.0.1:${await freePort()}`
    const words = ['server', '-dev', '-dev-no-store-token', '-dev-root-token-id=root']
    const server = spawn(bao(), [...words, `-dev-listen-address=${listen}`], {
      stdio: 'ignore',
      env: { PATH: process.env.PATH, HOME: folder },
    })
    const started = new DevBao(server, `http://${listen}`, folder)
    await started.#ready()
    return started
  }

  async #ready(): Promise<void> {
    await until(
      async () => {
        if (this.#server.exitCode !== null) throw new Error('OpenBao has ended')
        const answer = await fetch(`${this.address}/v1/secret/config`, {
          headers: { 'x-vault-token': 'root' },
        }).catch(() => undefined)
        // the last thing that a server for development mounts
        return answer?.ok ?? false
      },
      () => 'OpenBao does not answer',
    )
  }

  /** Runs a command of `bao`, which must end well. Gives what it printed. */
  run(words: readonly string[], input = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const env = {
        PATH: process.env.PATH,
        HOME: this.folder,
        BAO_ADDR: this.address,
        BAO_TOKEN: 'root',
      }
      const child = execFile(bao(), words, { env }, (error, out, err) =>
        error ? reject(new Error(`bao ${words.join(' ')}: ${out}${err}`)) : resolve(out),
      )
      child.stdin?.end(input)
    })
  }

  /** Writes to a path. */
  async write(path: string, data: object): Promise<void> {
    const headers = { 'x-vault-token': 'root' }
    const sent = { method: 'PUT', headers, body: JSON.stringify(data) }
    const answer = await fetch(`${this.address}/v1/${path}`, sent)
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.exitCode === null) {
      const ended = once(this.#server, 'exit')
      this.#server.kill()
      await ended
    }
    rmSync(this.folder, { recursive: true })
  }
}
