import { createHash } from 'node:crypto'
import { pathOption } from './path-option.ts'
import type { Target } from './target.ts'

/** Bytes of a path. Systems allow at least 103 for a socket, and ssh appends to it. */
const MAX_PATH_BYTES = 80

/**
 * The ControlPath that shares connections (ControlMaster) only among logins with the same `scope`: the same permissions and trusted hosts.
 * Empty if the user shares no connections, or sets ControlPath as an option.
 */
export function controlPath({ controlPath: path, options }: Target, scope: readonly string[]) {
  if (path === undefined || options.has('controlpath')) return []
  const digest = createHash('sha256').update(JSON.stringify(scope)).digest('hex').slice(0, 8)
  const own = `${path}-${digest}`
  // a path with an unexpanded token would be the same for all hosts
  if (/[%$]/.test(own) || Buffer.byteLength(own) > MAX_PATH_BYTES) return ['-o', 'ControlPath=none']
  return pathOption('ControlPath', own)
}
