import { execFileSync } from 'node:child_process'
import { Invalid } from '../../shared/invalid.ts'

/**
 * Gives up the rights of root for those of a user, for good: what root can read and write tells nothing of a service.
 * @throws {Invalid} if there is no such user
 */
export function becomeUser(name: string): void {
  const groups = groupsOf(name)
  const [own] = groups
  if (own === undefined) throw new Invalid(`there is no user "${name}"`)
  process.setgroups?.([...groups])
  process.setgid?.(own)
  process.setuid?.(name)
}

/** Whether there is a user of this name. */
export const isUser = (name: string): boolean => groupsOf(name).length > 0

/** The numbers of a user's groups, the primary one first; none where there is no such user. */
function groupsOf(name: string): readonly number[] {
  // what begins with a dash would be an option, and numbers are no names
  if (!/^[a-z_][\w.-]*\$?$/i.test(name)) return []
  try {
    const output = execFileSync('id', ['-G', name], { encoding: 'utf8', stdio: 'pipe' })
    return output.trim().split(/\s+/).map(Number)
  } catch {
    // it ends with 1 where there is none
    return []
  }
}
