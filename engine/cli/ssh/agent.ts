import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Secret } from '../../../shared/secret.ts'
import { childEnvironment } from '../child-environment.ts'
import type { CliIo } from '../cli-io.ts'
import { agentSocket } from '../system.ts'

const SSH_ADD_TIMEOUT = 10_000

interface AgentOptions {
  /** Aborts what is in progress. */
  readonly signal?: AbortSignal
  /** Whether the agent is to ask the user before each use of a key that is added. */
  readonly confirms?: boolean
}

/** The running ssh-agent of the user, if there is one. */
export class Agent {
  readonly #environment: CliIo['environment']
  readonly #signal: AbortSignal | undefined
  readonly #constraints: readonly string[]
  #answers = true

  constructor(environment: CliIo['environment'], { signal, confirms = false }: AgentOptions = {}) {
    this.#environment = environment
    this.#signal = signal
    this.#constraints = confirms ? ['-c'] : []
  }

  /** False also once the agent has failed to answer. */
  get isRunning(): boolean {
    return agentSocket(this.#environment) !== undefined && this.#answers
  }

  /** The public keys and certificates in the agent, a line each. */
  async lines(): Promise<readonly string[]> {
    if (!this.isRunning) return []
    const { text } = await this.#add(['-L'])
    return text.split('\n').filter(line => /^\S+ AAAA/.test(line))
  }

  /**
   * Adds the private key in a file, and the certificate beside it, for a number of seconds. False if the agent did not accept them, as for
   * a key with a passphrase, since this must not prompt.
   */
  async add(file: string, seconds: number): Promise<boolean> {
    return (await this.#add(['-q', ...this.#constraints, '-t', lifetime(seconds), file])).ok
  }

  /** Adds a private key from memory. False if the agent did not accept it. */
  async addKey(key: Secret, seconds: number): Promise<boolean> {
    if (!this.isRunning) return false
    return (
      await this.#add(['-q', ...this.#constraints, '-t', lifetime(seconds), '-'], key.reveal())
    ).ok
  }

  /** Removes a key or certificate, if it is in the agent. */
  async remove(publicFile: string): Promise<void> {
    await this.#add(['-q', '-d', publicFile])
  }

  /** ssh-add exits with 1 if there is no such key, and with 2 if it cannot contact the agent. */
  async #add(words: readonly string[], input = ''): Promise<{ ok: boolean; text: string }> {
    // an askpass that fails keeps ssh-add from prompting for a passphrase; ssh prompts for it later
    const env = childEnvironment(this.#environment, {
      SSH_ASKPASS_REQUIRE: 'force',
      SSH_ASKPASS: '/bin/false',
    })
    const signal = this.#signal && { signal: this.#signal }
    try {
      const running = promisify(execFile)('ssh-add', words, {
        timeout: SSH_ADD_TIMEOUT,
        env,
        ...signal,
      })
      // it may exit without reading
      running.child.stdin?.on('error', () => undefined)
      running.child.stdin?.end(input)
      return { ok: true, text: (await running).stdout }
    } catch (error) {
      this.#signal?.throwIfAborted()
      const { code, killed } = error as { code?: unknown; killed?: boolean }
      if (code === 2 || killed) this.#answers = false
      return { ok: false, text: '' }
    }
  }
}

/** Seconds as ssh-add accepts them: at most 68 years. */
const lifetime = (seconds: number) => `${Math.min(seconds, 2 ** 31 - 1)}`
