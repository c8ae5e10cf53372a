import { createHash } from 'node:crypto'
import { pathOption } from './path-option.ts'
import type { Target } from './target.ts'

/** Bytes of a path that ssh still adds something to, where systems allow 103 for a socket. */
const MAX_PATH_BYTES = 80

/**
 * The option by which connections are shared (ControlMaster) only with logins that would have the same rights and trust, which `scope`
 * tells; nothing where the user does not share any, or says where in so many words.
 */
export function controlPath({ controlPath: path, options }: Target, scope: readonly string[]) {
  if (path === undefined || options.has('controlpath')) return []
  const digest = createHash('sha256').update(JSON.stringify(scope)).digest('hex').slice(0, 8)
  const own = `${path}-${digest}`
  // a path that ssh has not filled in yet would be one for all hosts
  if (/[%$]/.test(own) || Buffer.byteLength(own) > MAX_PATH_BYTES) return ['-o', 'ControlPath=none']
  return pathOption('ControlPath', own)
}
