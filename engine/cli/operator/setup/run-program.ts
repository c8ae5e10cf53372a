import { spawnSync } from 'node:child_process'
import { Failure } from '../../failure.ts'

/** Runs a program of the system and returns what it prints. `input` never appears in its arguments. @throws {Failure} with what it says */
export function runProgram(words: readonly string[], { input = '' } = {}): string {
  const [program = '', ...rest] = words
  // in a session of its own, so that Ctrl-C does not interrupt it halfway
  const ended = spawnSync(program, rest, {
    input,
    encoding: 'utf8',
    ...{ detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  })
  if (ended.error) throw new Failure(`${program} cannot be run: ${ended.error.message}`)
  if (ended.status === 0) return ended.stdout
  const said = `${ended.stderr}${ended.stdout}`.trim()
  throw new Failure(`"${words.join(' ')}" failed: ${said || `exit code ${ended.status}`}`)
}

/** What it prints, or undefined if it cannot be run, or fails. */
export function tryProgram(...words: readonly string[]): string | undefined {
  try {
    return runProgram(words)
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}
