import { attempt } from '../../../../shared/result.ts'
import { isOfPolicy } from '../../advice.ts'
import { RequestError } from '../../request-error.ts'
import type { Connections } from './connections.ts'
import type { Prepared } from './role-for.ts'

/**
 * Ends open connections, but not the sessions that they have, if the engine says that the token of the user is of no use any more, or may
 * no longer use the role that they were opened with. An engine that does not answer ends none.
 */
export async function endIfRefused(connections: Connections, prepared: Prepared): Promise<void> {
  const role = connections.unconfirmed
  if (role === undefined) return
  if (await isAllowed(role, prepared)) connections.confirm(role)
  else await connections.close()
}

async function isAllowed(role: string, { client, mount }: Prepared): Promise<boolean> {
  // noted by another version
  if (role === '') return false
  const path = `${mount}/creds/${role}`
  const asked = await attempt(() => client.write('sys/capabilities-self', { paths: [path] }))
  if (!asked.ok) return !isRefusal(asked.error)
  const names = asked.value?.data?.[path]
  return Array.isArray(names) && names.some(name => name === 'update' || name === 'root')
}

/** Whether the engine refuses the token. A policy that does not allow the question says that the token is valid. */
const isRefusal = (error: unknown): boolean =>
  error instanceof RequestError && error.status === 403 && !error.errors.some(isOfPolicy)
