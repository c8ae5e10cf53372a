import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { World } from '../world.ts'

const DEADLINE = 10_000

/** The ssh-agent that the user has running, if there is one. */
export class Agent {
  readonly #environment: World['environment']

  constructor(environment: World['environment']) {
    this.#environment = environment
  }

  get isRunning(): boolean {
    return Boolean(this.#environment.SSH_AUTH_SOCK)
  }

  /** The lines of all keys and certificates that it holds. */
  async lines(): Promise<readonly string[]> {
    if (!this.isRunning) return []
    try {
      const { stdout } = await this.#add(['-L'])
      return stdout.split('\n').filter(line => /^\S+ AAAA/.test(line))
    } catch {
      // ssh-add ends with 1 when there are none, and with 2 when nobody answers
      return []
    }
  }

  /**
   * Gives it a private key, and the certificate that lies beside it, for so many seconds. Tells whether it took them: a key with a
   * passphrase, for which nobody can be asked here, it does not.
   */
  async add(file: string, seconds: number): Promise<boolean> {
    try {
      await this.#add(['-q', '-t', `${seconds}`, file])
      return true
    } catch {
      return false
    }
  }

  /** Takes from it the key whose public half is in a file, which it may have forgotten already. */
  async remove(publicFile: string): Promise<void> {
    // ssh-add ends with 1 when it does not hold the key
    await this.#add(['-q', '-d', publicFile]).catch(() => undefined)
  }

  #add(words: readonly string[]) {
    // without a terminal and a program to ask with, ssh-add does not wait for a passphrase
    const environment = { ...this.#environment, SSH_ASKPASS_REQUIRE: 'never', DISPLAY: undefined }
    const running = promisify(execFile)('ssh-add', words, { timeout: DEADLINE, env: environment })
    running.child.stdin?.end()
    return running
  }
}
