import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { cli } from '../../../engine/cli/cli.ts'
import { quickServer } from '../../support/quick-server.ts'

/** How a command ended. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

interface Circumstances {
  readonly input?: string
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Called with all that stands on stderr so far, whenever more has come. */
  readonly told?: (text: string) => void
  /** The same, of stdout. */
  readonly printed?: (text: string) => void
}

/** A server on a free port, and the command line that is set up for it, in this process. */
export interface CommandLine extends AsyncDisposable {
  readonly address: string
  /** A folder for this test alone; the home of the user. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  run(words: readonly string[], circumstances?: Circumstances): Promise<Ended>
  /** As `run`, the words of one line; must end well. Gives what it printed. */
  must(line: string): Promise<string>
}

/** The program from its source. */
export const MAIN = join(import.meta.dirname, '../../../engine/main.ts')

export async function commandLine(): Promise<CommandLine> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-cli-'))
  const server = await quickServer()
  const address = server.listener.url
  const environment = {
    PATH: process.env.PATH,
    HOME: folder,
    POSTERN_ADDR: address,
    POSTERN_TOKEN: 'root',
  }
  async function run(words: readonly string[], circumstances: Circumstances = {}): Promise<Ended> {
    const [stdout, stderr] = [new Sink(circumstances.printed), new Sink(circumstances.told)]
    const code = await cli(words, {
      environment: { ...environment, ...circumstances.environment },
      stdin: () => Readable.from([circumstances.input ?? '']),
      stdout,
      stderr,
      version: '1.2.3',
      self: [process.execPath, MAIN],
      runServer: async () => 0,
      runStorage: async () => 0,
    })
    return { code, out: stdout.text, err: stderr.text }
  }
  return {
    address,
    folder,
    environment,
    run,
    async must(line) {
      const { code, out, err } = await run(line.split(' '))
      if (code !== 0) throw new Error(`${line} ended with ${code}: ${err}`)
      return out
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Keeps what is written to it. */
export class Sink extends Writable {
  text = ''
  readonly #told: (text: string) => void

  constructor(told: (text: string) => void = () => {}) {
    super()
    this.#told = told
  }

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk
    this.#told(this.text)
    done()
  }
}
