import { mkdirSync } from 'node:fs'
import type { Config } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { contentOf, installFile } from './install-file.ts'

/** The summary of the last check. docs/decisions/0030-helper-state.md */
export interface LastCheck {
  /** Milliseconds since 1970. */
  readonly at: number
  /** One line of printable ASCII. */
  readonly summary: string
}

const HEADING = 'postern-last-check 1'

type State = Pick<Config, 'stateDirectory'>

const lastCheckFile = ({ stateDirectory }: State): string => `${stateDirectory}/last-check`

/** Stores the summary. Where that fails, the engine keeps the one before. */
export function writeLastCheck(config: State, { at, summary }: LastCheck): void {
  const lines = [HEADING, `time ${new Date(at).toISOString()}`, `summary ${summary}`, '']
  try {
    mkdirSync(config.stateDirectory, { recursive: true, mode: 0o700 })
    installFile(lastCheckFile(config), Buffer.from(lines.join('\n')), { mode: 0o600 })
  } catch (error) {
    // a directory that cannot be made, or a file that cannot be written
    if (!(error instanceof Refusal || (error as NodeJS.ErrnoException).code !== undefined))
      throw error
  }
}

/** What {@link writeLastCheck} wrote; undefined if there is nothing, or it is damaged. */
export function readLastCheck(config: State): LastCheck | undefined {
  const text = textOf(lastCheckFile(config))
  const [, time = '', summary = ''] =
    /^postern-last-check 1\ntime (\S+)\nsummary ([\x20-\x7e]{1,200})\n/.exec(text) ?? []
  const at = Date.parse(time)
  return Number.isNaN(at) ? undefined : { at, summary }
}

function textOf(file: string): string {
  try {
    return contentOf(file)?.toString() ?? ''
  } catch (error) {
    if (error instanceof Refusal) return ''
    throw error
  }
}
