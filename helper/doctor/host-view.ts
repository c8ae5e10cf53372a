import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs'
import { COMMAND_PATH } from '../commands/run-program.ts'

/** How a program ended. */
export interface Ran {
  /** Undefined if it could not be started, or did not end in time. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** What the checks see of a host. None of it throws: what cannot be read is not there. */
export interface HostView {
  readonly isRoot: boolean
  /** The text of a file; undefined for a directory as well. */
  text(file: string): string | undefined
  /** Follows links. */
  stat(file: string): Stats | undefined
  /** Names in a directory, sorted; none if it is not there. */
  list(folder: string): readonly string[]
  real(file: string): string
  run(words: readonly string[]): Ran
}

/** Milliseconds for one program. */
const TIMEOUT = 10_000

const LARGEST_OUTPUT = 16 * 1024 * 1024

/** The host that this program runs on, or one whose files are below a directory. */
export function hostView(root = ''): HostView {
  const at = (path: string) => `${root}${path}`
  return {
    isRoot: process.geteuid?.() === 0,
    text: file => attempt(() => readFileSync(at(file), 'utf8')),
    stat: file => attempt(() => statSync(at(file))),
    list: folder => attempt(() => readdirSync(at(folder)).sort()) ?? [],
    real: file => attempt(() => realpathSync(at(file)).slice(root.length)) ?? file,
    run: words => runProgram(words),
  }
}

function runProgram([program = '', ...words]: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(program, words, {
    encoding: 'utf8',
    timeout: TIMEOUT,
    maxBuffer: LARGEST_OUTPUT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: COMMAND_PATH, TZ: 'UTC', LC_ALL: 'C' },
  })
  return { code: status ?? undefined, stdout: stdout ?? '', stderr: stderr ?? '' }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
