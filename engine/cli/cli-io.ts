import type { Readable } from 'node:stream'
import type { Secret } from '../../shared/secret.ts'
import type { Output } from './outputs.ts'

/** What commands use of the process they run in; `main.ts` passes the real one. */
export interface CliIo {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Opened only by commands that read it: a child process must find the terminal unread. */
  readonly stdin: () => Readable
  readonly stdout: Output
  readonly stderr: Output
  readonly version: string
  /** The command that starts this program: its path, or Node and the path of a script. */
  readonly self: readonly string[]
  /** Whether this is the command line alone, without the engine. */
  readonly portable?: true
  /** Runs the engine until a signal stops it. Gives the exit code. */
  readonly runServer: (options: ServerOptions) => Promise<number>
  /** Runs a task directly on the storage of an engine. Gives the exit code. */
  readonly runStorage: (task: StorageTask) => Promise<number>
}

/** A task on storage. `config`, `from` and `to` are configuration files, which set the storage. */
export type StorageTask =
  | {
      readonly name: 'backup'
      readonly config: string
      /** A new file; with `keep`, a directory. */
      readonly file: string
      /** Number of backups to keep in the directory. */
      readonly keep: number | undefined
    }
  | { readonly name: 'migrate'; readonly from: string; readonly to: string }
  | { readonly name: 'unmark'; readonly config: string }
  | { readonly name: 'adopt'; readonly config: string }
  | {
      readonly name: 'restore'
      readonly config: string
      /** Undefined if the storage has been restored already, by other tools. */
      readonly file: string | undefined
      readonly keepRoot: boolean
    }

export interface DevTlsOptions {
  /** Directory of the files; a temporary one if undefined. */
  readonly folder: string | undefined
}

/** How to run the server: from a configuration file, or for experiments in memory. */
export type ServerOptions =
  | {
      readonly mode: 'file'
      readonly config: string
      /** Only check the configuration. */
      readonly check: boolean
      /** With `check`: fail on warnings. */
      readonly strict: boolean
      /** With `check` as root: the user of the engine. The default is that of the packaged unit, if it exists. */
      readonly user: string | undefined
      readonly logLevel: string | undefined
    }
  | {
      readonly mode: 'dev'
      /** `host:port`; the default is that of the configuration, or 127.0.0.1:8200. */
      readonly listenAddress: string | undefined
      /** Configuration file; its storage, seal and workers are ignored. */
      readonly config: string | undefined
      /** Serve with TLS and a generated certificate. */
      readonly tls: DevTlsOptions | undefined
      /** The default is a random one, which is printed. */
      readonly rootToken: Secret | undefined
      readonly logLevel: string | undefined
    }
