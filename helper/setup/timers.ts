import { existsSync } from 'node:fs'
import { outputOf } from '../commands/run-program.ts'
import { Refusal } from '../refusal.ts'
import { hasSystemd } from './confirmation.ts'

/** Units that check a host, and keep its keys new. They would fail on one that is not set up. */
const UNITS = ['postern-check.timer', 'postern-check.path', 'postern-verify-keys.timer']

/** Enables or disables those that are installed. Returns what went wrong, which does not matter to a login. */
export function changeTimers(verb: 'enable' | 'disable'): readonly string[] {
  if (!hasSystemd()) return []
  const folders = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system']
  return UNITS.filter(unit => folders.some(folder => existsSync(`${folder}/${unit}`))).flatMap(
    unit => {
      try {
        outputOf(unit, ['systemctl', verb, '--now', unit])
        return []
      } catch (error) {
        if (error instanceof Refusal) return [error.message]
        throw error
      }
    },
  )
}
