import { readFileSync } from 'node:fs'
import { Refusal } from '../refusal.ts'

/** The AppArmor profile that this process is confined by; undefined if by none, or AppArmor is off. apparmor(7) */
export function confinement(file = '/proc/self/attr/apparmor/current'): string | undefined {
  try {
    return /^(.+) \(enforce\)$/.exec(readFileSync(file, 'utf8').trim())?.[1]
  } catch {
    return undefined
  }
}

/** @throws {Refusal} under the profile of logins, which would stop a set-up, or an undo, half way */
export function requireUnconfined(file?: string): void {
  const profile = confinement(file)
  if (profile !== undefined)
    throw new Refusal(
      'settings',
      `AppArmor confines this command by the profile ${profile}, which is for logins: run aa-exec -p unconfined -- postern-helper setup`,
    )
}
