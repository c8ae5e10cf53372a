import type { Caller } from '../api/call.ts'
import type { Operation } from '../api/request.ts'

/** What the built-in policy `default` lets a token do: look after itself. Contract §5.3. */
const DEFAULT: Readonly<Record<string, readonly Operation[]>> = {
  'auth/token/lookup-self': ['read'],
  'auth/token/renew-self': ['update'],
  'auth/token/revoke-self': ['update'],
  'sys/leases/lookup': ['update'],
  'sys/leases/renew': ['update'],
  'sys/renew': ['update'],
}

/** Whether the policies of `caller` allow `operation` on `path`. What no policy allows is denied. */
export function allows({ policies }: Caller, operation: Operation, path: string): boolean {
  if (policies.includes('root')) return true
  // help tells nothing that is not in the documentation; contract §1.5
  if (operation === 'help') return true
  return policies.includes('default') && (DEFAULT[path]?.includes(operation) ?? false)
}
