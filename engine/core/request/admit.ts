import type { Caller } from '../../api/call.ts'
import { ApiError, wrapped } from '../../api/errors.ts'
import type { Request } from '../../api/request.ts'
import type { RequestContext } from '../../audit/request-context.ts'
import type { AccessRequest, Acl, Permission } from '../../policy/acl.ts'
import { type Tx, transact } from '../../storage/transact.ts'
import { authenticate } from '../../token/authenticate.ts'
import type { Core } from '../core.ts'
import type { Route } from '../mounts.ts'
import { tokenMount } from '../token-mount.ts'
import { denyingLost } from './denying-lost.ts'
import { effectivePolicies } from './effective-policies.ts'

/** A request that may be performed. */
export interface Admitted extends Route {
  readonly caller: Caller | undefined
  /** What the caller's policies allow; absent on a public endpoint. */
  readonly permission: Permission | undefined
}

/**
 * Finds the endpoint, and authenticates and authorizes the caller. The order of errors is part of the contract, §1.4.
 * @throws {ApiError} denied, or missing if the caller is allowed to see that nothing is mounted there
 */
export async function admit(core: Core, request: Request): Promise<Admitted> {
  const route = await currentRoute(core, request)
  const access = route?.endpoint?.access ?? 'token'
  if (route && (access === 'public' || (access === 'optional' && !request.token)))
    return { ...route, caller: undefined, permission: undefined }

  // the request counts as a use of the token even if it is then denied
  const { caller, permission } = await transact(core.store, tx =>
    denyingLost(() => judge(core, request, tx)),
  )
  const context = { ...route, caller, permission }
  if (!permission.allowed)
    throw new Refused(new ApiError('denied', wrapped('permission denied')), context)
  if (!route) throw new Refused(noHandler(request.path), context)
  return { ...route, caller, permission }
}

/** Finds the route; for an unknown path and for paths of sys, with the mounts as they are now on other nodes too. */
async function currentRoute(core: Core, request: Request): Promise<Route | undefined> {
  const route = routeOf(core, request)
  if (route && route.mount.type !== 'system') return route
  await core.mounts.refresh()
  return routeOf(core, request)
}

/** The route of a request. Contract §1.1. */
export const routeOf = (
  { mounts }: Core,
  { path, operation }: Pick<Request, 'path' | 'operation'>,
): Route | undefined => mounts.find(path, operation)

/** The refusal of a request whose caller was authenticated. */
export class Refused extends ApiError {
  /** For the audit log. */
  readonly context: RequestContext

  constructor({ code, message }: ApiError, context: RequestContext) {
    super(code, message)
    this.context = context
  }
}

/** Nothing is mounted there. */
export const noHandler = (path: string) =>
  new ApiError('missing', `no handler for route ${JSON.stringify(path)}. route entry not found.`)

interface Judged {
  readonly caller: Caller
  readonly permission: Permission
}

/** Authenticates and authorizes the caller. @throws {ApiError} denied, without a valid token */
export async function judge(core: Core, request: Request, tx: Tx): Promise<Judged> {
  const { mounts, now, policies } = core
  const authenticated = await authenticate(tx, {
    token: request.token,
    salt: tokenMount(mounts).salt,
    from: request.client.address,
    now: now(),
    isMounted: id => mounts.has(id),
  })
  const subject = await effectivePolicies(tx, authenticated, now())
  const { policies: all, identityPolicies, entity } = subject
  const caller = { ...authenticated, policies: all, identityPolicies, entity }
  const acl = await policies.acl(tx, subject)
  const { permission } = await weigh(core, { request, caller, acl }, tx)
  return { caller, permission }
}

/** A request that is decided about. */
export interface Weighed {
  readonly permission: Permission
  /** The same without what the caller owns and what endpoints demand. */
  readonly said: Permission
  /** The request as policies see it. */
  readonly asked: AccessRequest
  /** The segment from which on the path is case-insensitive. */
  readonly caseFrom: number | undefined
  readonly needsSudo: boolean
  readonly isOwn: boolean
}

/** Who makes a request: their token, or one with its properties. */
export type Requester = Omit<Caller, 'secret'>

interface Weighing {
  readonly request: Pick<Request, 'path' | 'operation' | 'data' | 'wrapTtl'>
  readonly caller: Requester
  /** The policies of the caller. */
  readonly acl: Acl
}

/** Decides whether the caller may make the request. */
export async function weigh(
  core: Core,
  { request, caller, acl }: Weighing,
  tx: Tx,
): Promise<Weighed> {
  const found = await findOut(core, { request, tx, caller })
  const { caseFrom, needsSudo, isOwn } = found
  const operation = found.isNew ? ('create' as const) : request.operation
  const asked = { ...request, operation, fields: found.fields }
  const said = caseFrom === undefined ? acl.judge(asked) : acl.judgeAnyCase(asked, caseFrom)
  const owned = !said.denied && isOwn
  const allowed = (said.allowed || owned) && (said.sudo || !needsSudo)
  const permission = { ...said, allowed, granting: allowed ? said.granting : [] }
  return { permission, said, asked, caseFrom, needsSudo, isOwn }
}

/** What the decision depends on besides the policies: what the endpoint declares, and its checks of this request. */
async function findOut(
  core: Core,
  { request, tx, caller }: Pick<Weighing, 'request' | 'caller'> & { readonly tx: Tx },
) {
  const { mounts, now } = core
  const route = routeOf(core, request)
  if (!route?.endpoint)
    return { needsSudo: false, isNew: false, isOwn: false, caseFrom: undefined, fields: undefined }
  const { mount, endpoint, params } = route
  const given = { ...request.data, ...params }
  const call = {
    tx: mounts.scope(tx, mount, caller.token),
    now: now(),
    mount: mounts.view(mount),
    caller,
  }
  const update = request.operation === 'update'
  return {
    // the segment from which on the path is case-insensitive
    caseFrom: endpoint.anyCase ? mount.path.split('/').length - 1 : undefined,
    // values from the path replace parameters of the same name
    fields: endpoint.acceptsAnyData ? undefined : endpoint.fields,
    // help shows nothing that is not in the documentation
    needsSudo: endpoint.sudo && request.operation !== 'help',
    isNew: update && endpoint.exists !== undefined && !(await endpoint.exists(given, call)),
    isOwn:
      endpoint.operations.includes(request.operation) &&
      endpoint.isOwner !== undefined &&
      (await endpoint.isOwner(given, call)),
  }
}
