import { spawnSync } from 'node:child_process'
import { Refusal } from '../refusal.ts'

/** Milliseconds. ssh-keygen needs 6 seconds of CPU time for a KRL of a million certificates. */
const TIMEOUT = 300_000

/** systemd's PATH may not contain sshd. */
export const COMMAND_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Bytes of output at the most: `ssh-keygen -l` for as many keys as a reply of the engine can hold. */
const LARGEST_OUTPUT = 256 * 1024 * 1024

/** Runs a program of the system, and returns what it printed. @throws {Refusal} with its message if it fails */
export const outputOf = (what: string, words: readonly string[]): string => run(what, words, 'pipe')

/**
 * Runs a program of the system that checks something, and ignores what it prints.
 * @throws {Refusal} with its message if it fails
 */
export function checkWith(what: string, words: readonly string[]): void {
  run(what, words, 'ignore')
}

function run(
  what: string,
  [name = '', ...words]: readonly string[],
  stdout: 'pipe' | 'ignore',
): string {
  const ended = spawnSync(name, words, {
    encoding: 'utf8',
    timeout: TIMEOUT,
    maxBuffer: LARGEST_OUTPUT,
    stdio: ['ignore', stdout, 'pipe'],
    env: { PATH: COMMAND_PATH, TZ: 'UTC' },
  })
  if (ended.error) throw new Refusal('settings', `${what}: ${ended.error.message}`)
  if (ended.status === 0) return ended.stdout
  const said = ended.stderr || ended.stdout || `${name} ended with ${ended.signal ?? ended.status}`
  throw new Refusal('settings', `${what}: ${said.trim()}`)
}
