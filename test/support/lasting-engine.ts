import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Answer } from './test-engine.ts'

/** An engine in a process of its own, with its data in SQLite at first. It can be killed and started again. */
export class LastingEngine {
  /** Goes with it. */
  readonly folder = mkdtempSync(join(tmpdir(), 'postern-engine-'))
  /** File with its configuration. */
  config: string
  readonly #command: readonly string[]
  #child: ChildProcess | undefined
  #address = ''
  #token = ''
  #share = ''

  private constructor(command: readonly string[]) {
    this.#command = command
    this.config = this.configFor(join(this.folder, 'data'))
  }

  /** Makes a configuration with the data in another folder. */
  configFor(data: string): string {
    return this.configWith(basename(data), `type = "sqlite"\npath = "${data}"`)
  }

  /** Makes a configuration of this name, with what it says of the storage. */
  configWith(name: string, storage: string): string {
    const file = join(this.folder, `${name}.toml`)
    const listener = 'address = "127.0.0.1:0"\ntls_disable = true'
    writeFileSync(file, `[listener]\n${listener}\n[storage]\n${storage}\n`, { mode: 0o600 })
    return file
  }

  /** Takes its data from another folder when it is started again. */
  useData(data: string): void {
    this.config = this.configFor(data)
  }

  /** @param command the words that start the program */
  static async start(command: readonly string[]): Promise<LastingEngine> {
    const engine = new LastingEngine(command)
    await engine.#start()
    const { body } = await engine.ask('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 })
    engine.#token = body.root_token
    engine.#share = body.keys[0]
    await engine.unseal()
    return engine
  }

  /** The same with other storage, which is not initialized. @param storage what the configuration says of it */
  static async wait(command: readonly string[], storage: string): Promise<LastingEngine> {
    const engine = new LastingEngine(command)
    engine.config = engine.configWith('other', storage)
    await engine.#start()
    return engine
  }

  /** Starts it again, unsealed. */
  async restart(): Promise<void> {
    await this.#start()
    await this.unseal()
  }

  async unseal(): Promise<void> {
    await this.ask('PUT', 'sys/unseal', { key: this.#share })
  }

  async #start(): Promise<void> {
    const child = this.#spawn(['server', `-config=${this.config}`])
    this.#child = child
    let output = ''
    const said = Promise.withResolvers<string>()
    // with all that it has said
    child.once('close', () => said.reject(new Error(`the engine did not start:\n${output}`)))
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', part => {
        output += part
        const [, address] = /Api Address: (\S+)\n/.exec(output) ?? []
        if (address) said.resolve(address)
      })
    this.#address = await said.promise
  }

  /** Ends it at once, as a power cut would, and waits until it is gone. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  /** Runs a command of the program to its end. */
  async run(...words: readonly string[]) {
    const child = this.#spawn(words)
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ])
    return { code: code as number, out, err }
  }

  /** Asks it over HTTP, with the root token if no other is given. */
  async ask(method: string, path: string, data?: object, token = this.#token): Promise<Answer> {
    const reply = await fetch(`${this.#address}/v1/${path}`, {
      method,
      headers: { 'X-Vault-Token': token },
      ...(data && { body: JSON.stringify(data) }),
    })
    const body = await reply.text()
    return { status: reply.status, body: body === '' ? undefined : JSON.parse(body) }
  }

  /** The header fields of an answer. */
  async head(path: string): Promise<Headers> {
    return (await fetch(`${this.#address}/v1/${path}`)).headers
  }

  async [Symbol.asyncDispose]() {
    await this.kill()
    rmSync(this.folder, { recursive: true })
  }

  #spawn(words: readonly string[]) {
    const [program = '', ...first] = this.#command
    return spawn(program, [...first, ...words], {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }
}
