import type { CliIo } from '../cli-io.ts'
import type { Client } from '../client.ts'
import type { Printer } from '../print.ts'
import type { Target } from './target.ts'

/** What a login needs to know, whatever the kind of its credential. */
export interface LoginOptions {
  /** The arguments of ssh. */
  readonly words: readonly string[]
  /** Where they lead, if that is known already. */
  readonly target?: Target
  readonly mount: string
  readonly executable: string
  readonly strictHostKeyChecking: string | undefined
  readonly userKnownHostsFile: string | undefined
  /** Mount of the CA for hosts; if undefined, known_hosts is used. */
  readonly hostMount: string | undefined
  /** Patterns of host names that this CA is trusted for. */
  readonly hostNames: string
  /** Whether the agent must ask the user before each use of a key; false if undefined. */
  readonly confirms?: boolean
  /** Print the credential instead of logging in. */
  readonly noExec: boolean
  /** File descriptor for what ssh prints, if the terminal and the streams of this process are not for it. */
  readonly output?: number
}

export interface LoginContext {
  readonly client: Client
  readonly print: Printer
  readonly io: CliIo
}
