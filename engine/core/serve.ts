import { attempt } from '../../shared/result.ts'
import { type Call, callerOf, type Granted, type NewLease, type Reply } from '../api/call.ts'
import { endpointHelp, engineHelp } from '../api/describe.ts'
import { ApiError, wrapped } from '../api/errors.ts'
import { openApi } from '../api/openapi.ts'
import type { Request, Response } from '../api/request.ts'
import type { Admission } from '../audit/admission.ts'
import { drop, findLease, grant } from '../lease/leases.ts'
import { type Tx, transact } from '../storage/transact.ts'
import { findToken } from '../token/tokens.ts'
import { type Admitted, admit, Denied, noHandler } from './admit.ts'
import { failure, success } from './answer.ts'
import type { Core } from './core.ts'
import type { Route } from './mounts.ts'
import { randomText } from './random-text.ts'
import { revokeToken } from './revoke.ts'

const LEASE_ID_LENGTH = 24

/**
 * Serves one request: admit, record, perform, record, answer.
 * @throws if the audit log does not take a line; then nothing was done, or its result is withheld
 */
export async function serve(core: Core, request: Request): Promise<Response> {
  const always = core.mounts.find(request.path)
  if (always?.endpoint?.always) return answerAlways(core, request, always)

  const admitted = await attempt(() => admit(core, request))
  const found = admitted.ok ? admitted.value : foundBefore(core, request, admitted.error)
  await core.audit.request(request, found, admitted.ok ? undefined : admitted.error)

  const answer = admitted.ok
    ? await attempt(() => perform(core, request, admitted.value))
    : admitted
  const caller = admitted.ok ? admitted.value.caller : undefined
  try {
    await core.audit.response(request, found, answer)
  } finally {
    if (caller?.lastUse) await revokeToken(core, caller.token)
  }
  if (answer.ok)
    return success(request, admitted.ok ? admitted.value.mount : undefined, answer.value)
  if (!(answer.error instanceof ApiError))
    core.log.error(
      { request: request.id, path: request.path, error: answer.error },
      'request failed',
    )
  return failure(answer.error, caller !== undefined)
}

/** What the audit log can say of a request that was not admitted. */
const foundBefore = ({ mounts }: Core, { path }: Request, error: unknown): Admission =>
  error instanceof Denied ? error.admission : { ...mounts.find(path) }

/** Answers what a server must answer in every state, without a token or a line in the audit log. */
async function answerAlways(core: Core, request: Request, route: Route): Promise<Response> {
  const operation = request.operation === 'header' ? 'read' : request.operation
  const answer = await attempt(() =>
    perform(
      core,
      { ...request, operation },
      { ...route, caller: undefined, permission: undefined },
    ),
  )
  return answer.ok ? success(request, route.mount, answer.value) : failure(answer.error, false)
}

/** Runs the handler. What it wrote, and the lease on what it gave out, are committed as one. */
async function perform(core: Core, request: Request, admitted: Admitted): Promise<Reply> {
  const { operation, path } = request
  if (operation === 'help') return { bare: { status: 200, body: helpOn(core, path, admitted) } }
  const { endpoint, mount, params, caller } = admitted
  if (!endpoint) throw new ApiError('missing', wrapped('unsupported path'))

  const reply = await transact(core.store, async tx => {
    const current = await core.mounts.read(tx, mount.id)
    if (!current || current.leaving) throw noHandler(path)
    const call = {
      tx: core.mounts.scope(tx, current),
      now: core.now(),
      mount: core.mounts.view(current),
      path,
      caller,
      ifNoneMatch: request.ifNoneMatch,
      leaseId: `${path}/${randomText(LEASE_ID_LENGTH)}`,
    }
    const given = await endpoint.call(operation, request.data, params, call)
    for (const id of given.ends ?? []) await end(tx, id)
    return given.lease ? { ...given, renewed: await leased(tx, given.lease, call) } : given
  })
  if (reply.refusal) throw reply.refusal
  await reply.after?.()
  return reply
}

/** Drops the lease of a credential that the handler has ended. */
async function end(tx: Tx, id: string): Promise<void> {
  const lease = await findLease(tx, id)
  if (lease) drop(tx, lease)
}

/** Leases what the handler made to the caller, whose token must still be good when this is committed. */
async function leased(tx: Tx, lease: NewLease, call: Call): Promise<Granted> {
  const { now, mount, leaseId: id } = call
  const caller = callerOf(call)
  if (caller.lastUse)
    throw new ApiError(
      'invalid',
      'Secret cannot be returned; token had one use left, so leased credentials were immediately revoked.',
    )
  if (!(await findToken(tx, caller.token, now))) throw new ApiError('denied', 'permission denied')
  return grant(tx, { id, mount, token: caller.token, now }, lease)
}

function helpOn({ about }: Core, path: string, { mount, engine, endpoint }: Admitted): object {
  const help = endpoint ? endpointHelp(path, endpoint) : engineHelp(engine)
  const endpoints = endpoint ? [endpoint] : engine.endpoints
  const openapi = openApi(about.version, [{ path: mount.path, endpoints }])
  return { help, see_also: null, openapi }
}
