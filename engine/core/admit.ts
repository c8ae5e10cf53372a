import type { Caller } from '../api/call.ts'
import { ApiError, wrapped } from '../api/errors.ts'
import type { Request } from '../api/request.ts'
import type { Admission } from '../audit/admission.ts'
import { standingOf } from '../identity/standing.ts'
import type { Permission } from '../policy/authorize.ts'
import { type Tx, transact } from '../storage/transact.ts'
import { authenticate } from '../token/tokens.ts'
import type { Core } from './core.ts'
import type { Route } from './mounts.ts'
import { tokenMount } from './token-mount.ts'

/** A request that may be performed. */
export interface Admitted extends Route {
  readonly caller: Caller | undefined
  /** What the caller's policies said; none on a public endpoint. */
  readonly permission: Permission | undefined
}

/**
 * Finds the endpoint and decides whether the caller may use it. The order is a promise: contract §1.4.
 * @throws {ApiError} denied, or missing where the caller may know that nothing is there
 */
export async function admit(core: Core, request: Request): Promise<Admitted> {
  const route = routeOf(core, request)
  const access = route?.endpoint?.access ?? 'token'
  if (route && (access === 'public' || (access === 'optional' && !request.token)))
    return { ...route, caller: undefined, permission: undefined }

  // a use of the token is counted although the request may then be denied
  const { caller, permission } = await transact(core.store, tx => judge(core, request, tx))
  const admission = { ...route, caller, permission }
  if (!permission.allowed)
    throw new Refused(new ApiError('denied', wrapped('permission denied')), admission)
  if (!route) throw new Refused(noHandler(request.path), admission)
  return { ...route, caller, permission }
}

/** Where a request goes. To list is to ask for the path with a slash behind it, which only what can be listed has. Contract §1.1. */
function routeOf({ mounts }: Core, { path, operation }: Request): Route | undefined {
  const route = mounts.find(path)
  const listless = operation === 'list' && !route?.endpoint?.operations.includes('list')
  return route && listless ? { ...route, endpoint: undefined, params: {} } : route
}

/** A request of a caller who is known, which is not performed. */
export class Refused extends ApiError {
  /** What was found out, for the audit log. */
  readonly admission: Admission

  constructor({ code, message }: ApiError, admission: Admission) {
    super(code, message)
    this.admission = admission
  }
}

async function judge({ mounts, now, authorize }: Core, request: Request, tx: Tx) {
  const { salt } = tokenMount(mounts)
  const believed = await authenticate(tx, { token: request.token, salt, now: now() })
  const caller = await withIdentity(tx, believed)
  return { caller, permission: await authorize(tx, caller, request) }
}

/** Adds the policies of the entity that the token acts for. @throws {ApiError} denied, if that is gone or disabled */
async function withIdentity(tx: Tx, caller: Caller): Promise<Caller> {
  if (caller.entity === undefined) return caller
  const { policies: identityPolicies } = await standingOf(tx, caller.entity)
  const policies = [...new Set([...caller.policies, ...identityPolicies])]
  return { ...caller, policies, identityPolicies }
}

/** Nothing is mounted there. */
export const noHandler = (path: string) =>
  new ApiError('missing', `no handler for route ${JSON.stringify(path)}. route entry not found.`)
