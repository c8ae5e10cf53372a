import { execFileSync } from 'node:child_process'
import { Invalid } from '../../shared/invalid.ts'

/**
 * Changes to a user, irrevocably: what root can read and write says nothing about a service.
 * @throws {Invalid} if the user does not exist
 */
export function becomeUser(name: string): void {
  const groups = groupsOf(name)
  const [own] = groups
  if (own === undefined) throw new Invalid(`there is no user "${name}"`)
  process.setgroups?.([...groups])
  process.setgid?.(own)
  process.setuid?.(name)
}

/** Whether a user of this name exists. */
export const isUser = (name: string): boolean => groupsOf(name).length > 0

/** The ids of a user's groups, the primary one first; empty if the user does not exist. */
function groupsOf(name: string): readonly number[] {
  // a leading dash would be an option, and digits would be an id
  if (!/^[a-z_][\w.-]*\$?$/i.test(name)) return []
  try {
    const output = execFileSync('id', ['-G', name], { encoding: 'utf8', stdio: 'pipe' })
    return output.trim().split(/\s+/).map(Number)
  } catch {
    // it exits with 1 if the user does not exist
    return []
  }
}
