import type { Readable } from 'node:stream'
import type { Secret } from '../../shared/secret.ts'
import type { Output } from './outputs.ts'

/** What the command line needs of the process it runs in; `main.ts` hands over the real one. */
export interface CliIo {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Touched only by commands that read it: a child that inherits the terminal must find it unread. */
  readonly stdin: () => Readable
  readonly stdout: Output
  readonly stderr: Output
  readonly version: string
  /** The words that start this program again: its path, or Node and the path of a script. */
  readonly self: readonly string[]
  /** Runs the engine until it is told to stop. Gives the exit code. */
  readonly runServer: (options: ServerOptions) => Promise<number>
  /** Works on the storage of an engine without asking it. Gives the exit code. */
  readonly runStorage: (task: StorageTask) => Promise<number>
}

/** What to do with storage; `config`, `from` and `to` are configurations of engines, which name it. */
export type StorageTask =
  | {
      readonly name: 'backup'
      readonly config: string
      /** A new file; a folder where `keep` is there. */
      readonly file: string
      /** How many copies there may be in the folder. */
      readonly keep: number | undefined
    }
  | { readonly name: 'migrate'; readonly from: string; readonly to: string }
  | { readonly name: 'unmark'; readonly config: string }
  | { readonly name: 'adopt'; readonly config: string }
  | {
      readonly name: 'restore'
      readonly config: string
      /** Absent: the copy has been put back already. */
      readonly file: string | undefined
      readonly keepRoot: boolean
    }

export interface DevTlsOptions {
  /** Where the files go; a folder for the time being when absent. */
  readonly folder: string | undefined
}

/** How `server` was asked to run: from a file, or as a throw-away server in memory. */
export type ServerOptions =
  | {
      readonly mode: 'file'
      readonly config: string
      /** Only look at the configuration. */
      readonly check: boolean
      /** Of a check: warnings, too, make it fail. */
      readonly strict: boolean
      /** Of a check by root: the user of the engine. Absent: that of the packaged unit, if there is one. */
      readonly user: string | undefined
      readonly logLevel: string | undefined
    }
  | {
      readonly mode: 'dev'
      /** `host:port`; absent: that of the configuration, or the usual one. */
      readonly listenAddress: string | undefined
      /** What counts besides, but for storage and seal. */
      readonly config: string | undefined
      /** With a certificate of an authority that is made for it. */
      readonly tls: DevTlsOptions | undefined
      /** Absent: one is made up and printed. */
      readonly rootToken: Secret | undefined
      readonly logLevel: string | undefined
    }
