import { randomUUID } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Secret } from '../../../shared/secret.ts'
import { systemReason } from '../../../shared/system-reason.ts'
import { EXIT, Failure } from '../failure.ts'
import { writeNewFile } from '../new-file.ts'
import { homeIn } from '../system.ts'
import { readStoredToken } from './stored-token.ts'
import type { StoreContext, TokenStore } from './token-store.ts'

/** `~/.vault-token`, where Vault's clients keep the token, too. */
export class TokenFile implements TokenStore {
  readonly kind = 'file'
  readonly place = '~/.vault-token'
  readonly #path: string | undefined
  readonly #warn: (text: string) => void

  constructor({ environment, warn }: Pick<StoreContext, 'environment' | 'warn'>) {
    const home = homeIn(environment)
    this.#path = home === undefined ? undefined : join(home, '.vault-token')
    this.#warn = warn
  }

  /** Whether there is such a file. */
  get exists(): boolean {
    return this.#path !== undefined && existsSync(this.#path)
  }

  read(): string | undefined {
    const stored = this.#path === undefined ? undefined : readStoredToken(this.#path)
    if (stored?.exposed)
      this.#warn(
        `WARNING! Other users can read the token in ${this.#path}: run chmod 600 ${this.#path}`,
      )
    return stored?.text
  }

  /** The file has mode 0600, and is replaced atomically. */
  write(token: Secret): void {
    const path = this.#path
    if (path === undefined)
      throw new Failure('no home directory to store the token in: set HOME, or use -no-store')
    const draft = `${path}.${randomUUID()}`
    this.#change('storing', () => {
      writeNewFile(draft, token.reveal())
      try {
        renameSync(draft, path)
      } catch (error) {
        rmSync(draft, { force: true })
        throw error
      }
    })
  }

  erase(): void {
    const path = this.#path
    if (path !== undefined) this.#change('removing', () => rmSync(path, { force: true }))
  }

  #change(what: string, change: () => void): void {
    try {
      change()
    } catch (error) {
      throw new Failure(`Error ${what} token: ${this.#path}: ${systemReason(error)}`, EXIT.server)
    }
  }
}
