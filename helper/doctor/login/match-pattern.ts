import { parseAddress, parseCidr } from '../../../shared/address.ts'
import { Invalid } from '../../../shared/invalid.ts'

/** Whether a name matches a pattern of ssh_config(5): `*` and `?`, in any case if `anyCase`. */
export function matchesPattern(name: string, pattern: string, { anyCase = false } = {}): boolean {
  const shape = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${shape}$`, anyCase ? 'is' : 's').test(name)
}

/** The user who logs in, and the address they come from. */
export interface Client {
  readonly user: string
  readonly from: string
}

/** Whether a pattern of AllowUsers or DenyUsers, `USER` or `USER@HOST`, matches. The host is an address, a pattern or a block. */
export function matchesUser({ user, from }: Client, pattern: string): boolean {
  const at = pattern.lastIndexOf('@')
  if (at < 0) return matchesPattern(user, pattern)
  return matchesPattern(user, pattern.slice(0, at)) && matchesAddress(from, pattern.slice(at + 1))
}

function matchesAddress(from: string, pattern: string): boolean {
  const address = parseAddress(from)
  if (!pattern.includes('/') || address === undefined)
    return matchesPattern(from, pattern, { anyCase: true })
  try {
    return parseCidr(pattern).contains(address)
  } catch (error) {
    if (error instanceof Invalid) return false
    throw error
  }
}

/** Whether a list of patterns matches: one of them does, and none that begins with `!`. */
export function matchesList(
  patterns: readonly string[],
  matches: (pattern: string) => boolean,
): boolean {
  if (patterns.some(pattern => pattern.startsWith('!') && matches(pattern.slice(1)))) return false
  return patterns.some(pattern => !pattern.startsWith('!') && matches(pattern))
}
