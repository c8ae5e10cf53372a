import type { Caller } from '../api/call.ts'
import type { Request } from '../api/request.ts'
import type { Tx } from '../storage/transact.ts'

/** What is asked, as far as policies speak of it. */
export type Asked = Pick<Request, 'operation' | 'path' | 'data'>

/** What the policies of a caller say. */
export interface Permission {
  readonly allowed: boolean
  /** Names of the policies that allow it, for the audit log. */
  readonly granting: readonly string[]
}

/** What the built-in policy `default` lets a token do: look after itself. Contract §5.3. */
const DEFAULT: Readonly<Record<string, readonly Request['operation'][]>> = {
  'auth/token/lookup-self': ['read'],
  'auth/token/renew-self': ['update'],
  'auth/token/revoke-self': ['update'],
  'sys/leases/lookup': ['update'],
  'sys/leases/renew': ['update'],
  'sys/renew': ['update'],
}

/** Whether the policies of `caller` allow what is asked. What no policy allows is denied. */
export async function authorize(
  _: Tx,
  { policies }: Pick<Caller, 'policies'>,
  { operation, path }: Asked,
): Promise<Permission> {
  if (policies.includes('root')) return { allowed: true, granting: ['root'] }
  // help tells nothing that is not in the documentation; contract §1.5
  const allowed =
    operation === 'help' ||
    (policies.includes('default') && (DEFAULT[path]?.includes(operation) ?? false))
  return { allowed, granting: allowed ? ['default'] : [] }
}
