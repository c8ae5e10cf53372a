import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Secret } from '../../../shared/secret.ts'
import { childEnvironment } from '../child-environment.ts'
import type { CliIo } from '../cli-io.ts'

const SSH_ADD_TIMEOUT = 10_000

/** The ssh-agent that the user has running, if there is one. */
export class Agent {
  readonly #environment: CliIo['environment']
  readonly #signal: AbortSignal | undefined
  #answers = true

  /** @param signal ends what is under way */
  constructor(environment: CliIo['environment'], signal?: AbortSignal) {
    this.#environment = environment
    this.#signal = signal
  }

  /** One that did not answer once is not waited for again. */
  get isRunning(): boolean {
    return Boolean(this.#environment.SSH_AUTH_SOCK) && this.#answers
  }

  /** The lines of all keys and certificates that it holds. */
  async lines(): Promise<readonly string[]> {
    if (!this.isRunning) return []
    const { text } = await this.#add(['-L'])
    return text.split('\n').filter(line => /^\S+ AAAA/.test(line))
  }

  /**
   * Gives it the private key in a file, and the certificate beside it, for so many seconds. Tells whether it took them: a key with a
   * passphrase, for which nobody can be asked here, it does not.
   */
  async add(file: string, seconds: number): Promise<boolean> {
    return (await this.#add(['-q', '-t', lifetime(seconds), file])).ok
  }

  /** Gives it a private key that is in no file. Tells whether it took it. */
  async addKey(key: Secret, seconds: number): Promise<boolean> {
    if (!this.isRunning) return false
    return (await this.#add(['-q', '-t', lifetime(seconds), '-'], key.reveal())).ok
  }

  /** Takes from it the key or certificate in a file, which it may have forgotten already. */
  async remove(publicFile: string): Promise<void> {
    await this.#add(['-q', '-d', publicFile])
  }

  /** ssh-add ends with 1 when there are no keys, or not this one, and with 2 when nobody answers. */
  async #add(words: readonly string[], input = ''): Promise<{ ok: boolean; text: string }> {
    // asked by a program that gives none, ssh-add does not wait for a passphrase at the terminal, where ssh asks for it later
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
      // it may end without reading
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

/** Seconds as ssh-add takes them: 68 years at the most. */
const lifetime = (seconds: number) => `${Math.min(seconds, 2 ** 31 - 1)}`
