import { spawnSync } from 'node:child_process'
import { Refusal } from '../refusal.ts'

const DEADLINE = 30_000

/** A timer's environment may have no PATH that leads to sshd. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Runs a program of the system, and gives what it printed. @throws {Refusal} with its own words if it fails */
export function program(what: string, [name = '', ...words]: readonly string[]): string {
  const ended = spawnSync(name, words, {
    encoding: 'utf8',
    timeout: DEADLINE,
    env: { PATH, TZ: 'UTC' },
  })
  if (ended.error) throw new Refusal('settings', `${what}: ${ended.error.message}`)
  if (ended.status === 0) return ended.stdout
  throw new Refusal('settings', `${what}: ${(ended.stderr || ended.stdout).trim()}`)
}
