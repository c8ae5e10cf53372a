import type { Secret } from '../../../shared/secret.ts'
import type { CliIo } from '../cli-io.ts'

/** A place that keeps one token between commands. */
export interface TokenStore {
  readonly kind: 'file' | 'keyring' | 'helper'
  /** Its name in messages. */
  readonly place: string
  /** Undefined if there is none. @throws {Failure} if it cannot be told */
  read(): string | undefined
  /** Replaces the token. @throws {Failure} */
  write(token: Secret): void
  /** Removes the token, if there is one. @throws {Failure} */
  erase(): void
}

/** What decides about the place, and about what it takes to reach it. */
export interface StoreContext {
  readonly environment: CliIo['environment']
  /** Of the server that the token is for. */
  readonly address: URL
  /** Whether somebody is there to answer a prompt of another program. */
  readonly attended: boolean
  readonly warn: (text: string) => void
}
