import { attempt, type Result } from '../../../shared/result.ts'
import type { AlwaysEndpoint } from '../../api/always-endpoint.ts'
import { type Call, callerOf } from '../../api/call.ts'
import { ApiError, STATUS, wrapped } from '../../api/errors.ts'
import type { Granted, NewLease, Reply } from '../../api/reply.ts'
import type { Request, Response } from '../../api/request.ts'
import type { RequestContext } from '../../audit/request-context.ts'
import { renderTemplate } from '../../identity/template.ts'
import { drop, findLease, grant } from '../../lease/leases.ts'
import { Tampered } from '../../storage/aead.ts'
import { Sealed } from '../../storage/sealed.ts'
import { type Tx, transact } from '../../storage/transact.ts'
import { hasChangedToken } from '../../token/tokens.ts'
import { endTokenUse } from '../background/revoke.ts'
import type { Core } from '../core.ts'
import { randomText } from '../random-text.ts'
import { type Admitted, admit, noHandler, Refused, routeOf } from './admit.ts'
import { currentMount, Moved } from './current-mount.ts'
import { isLost } from './denying-lost.ts'
import { failure, sealed, success, visible } from './envelope.ts'
import { helpOf, helpOn } from './help.ts'
import { performHostEffect } from './host-effect.ts'
import { logIn } from './login.ts'
import { prepare } from './prepare.ts'
import { probed } from './probed.ts'
import { recordEnds } from './record-ends.ts'
import { findLiveLease, requireLive } from './require-live.ts'
import { rightsOf } from './rights-of.ts'
import { wrapIfAsked } from './wrap-if-asked.ts'
import { written } from './written.ts'

const LEASE_ID_LENGTH = 24

/**
 * Serves one request: admit, record, perform, record, answer. If an audit line cannot be written, the request is not performed, or its
 * result is withheld.
 */
export async function serve(core: Core, request: Request): Promise<Response> {
  const always = core.mounts.always(request.path)
  if (always) return answerAlways(core, request, always)
  if (core.sealing.sealed) return isSealing(request) ? DONE : failure(sealed(), false)

  const probe = await probed(core, request)
  if (probe) return probe
  const admitted = await attempt(() => admit(core, request))
  const found = admitted.ok ? admitted.value : foundBefore(core, request, admitted.error)
  const answer = await recorded(core, request, { admitted, found })
    .catch(error => ({ ok: false as const, error }))
    .finally(() =>
      // whatever the outcome, the request no longer uses the token
      found.caller?.remainingUses === undefined ? undefined : endTokenUse(core, found.caller.token),
    )
  if (answer.ok) {
    await answer.value.beforeSend?.()
    return success(request, admitted.ok ? admitted.value.mount : undefined, answer.value)
  }
  report(core, request, answer.error)
  const response = failure(answer.error, found.caller !== undefined)
  const isStranger = !admitted.ok && !found.caller && response.status === STATUS.denied
  return isStranger ? { ...response, toStranger: true } : response
}

/** Sealing a sealed node succeeds, so that an operator can seal all nodes in an emergency. */
const isSealing = ({ operation, path }: Request) => operation === 'update' && path === 'sys/seal'

const DONE: Response = { status: 204, body: undefined }

/** Records a request, performs it if it was admitted, and records the response. */
async function recorded(
  core: Core,
  request: Request,
  { admitted, found }: { readonly admitted: Result<Admitted>; readonly found: RequestContext },
): Promise<Result<Reply>> {
  const asked = { request, admitted }
  const refusal = admitted.ok ? undefined : visible(admitted.error)
  await written(core, asked, core.audit.request(request, found, refusal))
  const answer = admitted.ok
    ? await attempt(() => perform(core, request, admitted.value))
    : admitted
  const result = answer.ok ? answer : { ok: false as const, error: visible(answer.error) }
  await Promise.all([
    written(core, asked, core.audit.response(request, found, result)),
    answer.ok && recordEnds(core, found, { ends: answer.value.endsLeases, reason: 'used' }),
  ])
  return answer
}

/** What the audit log shows of a request that was not admitted. */
const foundBefore = ({ mounts }: Core, { path }: Request, error: unknown): RequestContext =>
  error instanceof Refused ? error.context : { ...mounts.find(path), isUnknown: true }

/** Serves an endpoint that is available in every state, without a token or an audit line. */
async function answerAlways(
  core: Core,
  request: Request,
  endpoint: AlwaysEndpoint,
): Promise<Response> {
  const { path, data, isHeard, ifNoneMatch } = request
  if (request.operation === 'help')
    return { status: 200, body: helpOf(core, path, { at: 'sys/', endpoint }) }
  const operation = request.operation === 'header' ? 'read' : request.operation
  const answer = await attempt(() => endpoint.always(operation, data, { isHeard, ifNoneMatch }))
  if (answer.ok) return success(request, undefined, answer.value)
  report(core, request, answer.error)
  return failure(answer.error, false)
}

/**
 * Runs the handler; again with the current mount, if another node has replaced the one that this node has cached, or if that is being removed
 * meanwhile, so that only a part of its records was found.
 */
async function perform(core: Core, request: Request, admitted: Admitted): Promise<Reply> {
  try {
    return await handle(core, request, admitted)
  } catch (error) {
    const isGone = error instanceof Tampered && (await isRemoved(core, admitted))
    if (!(error instanceof Moved || isGone)) throw error
    await core.mounts.reload()
    const route = routeOf(core, request)
    const isNew = route !== undefined && route.mount.id !== admitted.mount.id
    // policies refer to paths, so the decision holds; but the new endpoint must require a token as the old one did
    if (!isNew || route.endpoint?.access !== admitted.endpoint?.access)
      throw noHandler(request.path)
    return handle(core, request, { ...admitted, ...route })
  }
}

async function isRemoved({ mounts }: Core, { mount }: Admitted): Promise<boolean> {
  // another node may be removing it
  await mounts.refresh()
  return !(await mounts.has(mount.id))
}

/** Runs the handler. Its writes and the lease of what it issued are one commit. */
async function handle(core: Core, request: Request, admitted: Admitted): Promise<Reply> {
  const { operation, path } = request
  if (operation === 'help') return { bare: { status: 200, body: helpOn(core, path, admitted) } }
  const { endpoint, engine, mount, params, caller } = admitted
  if (!endpoint) throw new ApiError('missing', wrapped('unsupported path'))

  const cachedReads = endpoint.cachedReads && operation === 'update'
  const prepared = await prepare(core, request, admitted)
  const work = async (tx: Tx) => {
    let leaseId: string | undefined
    const current = await currentMount(core, tx, { mount, path })
    if ((engine.perToken || endpoint.waits) && caller) await requireLive(core, tx, caller)
    const call = {
      tx: core.mounts.scope(tx, current, caller?.token),
      now: core.now(),
      mount: core.mounts.view(current),
      path,
      caller,
      sent: request.data,
      wrapTtl: request.wrapTtl,
      presented: request.token,
      address: request.client.address,
      ...{ requestId: request.id, correlation: request.correlation },
      ...rendering(core, tx, caller),
      ...{ ifNoneMatch: request.ifNoneMatch, isHeard: request.isHeard },
      ...{ nonce: request.nonce, signedBy: request.signedBy },
      ...(caller && { rightsOf: (named?: string) => rightsOf(core, tx, { caller, named }) }),
      warn: (sentence: string) => core.log.warn({ mount: current.path }, sentence),
      get leaseId() {
        // few requests create a lease, and only callers with a token get one
        leaseId ??= caller ? `${path}/${randomText(LEASE_ID_LENGTH)}` : ''
        return leaseId
      },
    }
    const given = await endpoint.call(operation, request.data, params, call, prepared)
    const writes = tx.hasWritten() && !hasChangedToken(tx, caller?.token ?? '')
    if (caller && (writes || given.lease)) await requireLive(core, tx, caller)
    for (const id of given.endsLeases ?? []) await end(core, tx, { id, ...given })
    return wrapIfAsked(core, tx, {
      request,
      mount: current,
      reply: await granted(core, tx, given, call),
      anonymous: caller === undefined,
    })
  }
  const reply = await transact(core.store, work, { cachedReads })
  if (reply.refusal) {
    await recordEnds(core, admitted, { ends: reply.endsLeases, reason: 'misused' })
    throw reply.refusal
  }
  await reply.afterCommit?.()
  return reply.hostEffect ? performHostEffect(core, mount, reply) : reply
}

/** The reply with the token or lease that the server adds. */
async function granted(core: Core, tx: Tx, given: Reply, call: Call): Promise<Reply> {
  if (given.login) return { ...given, ...(await logIn(core, tx, { login: given.login, call })) }
  return given.lease ? { ...given, shownLease: leased(tx, given.lease, call) } : given
}

/** Template rendering for a caller with an entity. */
function rendering({ now }: Core, tx: Tx, caller: Admitted['caller']): Pick<Call, 'render'> {
  if (caller?.entity === undefined) return {}
  const subject = { entity: caller.entity, now: now() }
  return { render: (text, forbidden) => renderTemplate(tx, subject, { text, forbidden }) }
}

/** Deletes the lease of a credential that the handler has ended. @throws `requiresLiveToken` if the lease had ended before */
async function end(
  core: Core,
  tx: Tx,
  { id, requiresLiveToken }: Pick<Reply, 'requiresLiveToken'> & { readonly id: string },
): Promise<void> {
  const lease = requiresLiveToken ? await findLiveLease(core, tx, id) : await findLease(tx, id)
  if (lease) drop(tx, lease)
  else if (requiresLiveToken) throw requiresLiveToken()
}

/** Grants the lease to the caller, whose token was found valid in this transaction; the commit fails if it has been revoked meanwhile. */
function leased(tx: Tx, lease: NewLease, call: Call): Granted {
  const { now, mount } = call
  const { id = call.leaseId } = lease
  const caller = callerOf(call)
  if (caller.lastUse)
    throw new ApiError(
      'invalid',
      'Secret cannot be returned; token had one use left, so leased credentials were immediately revoked.',
    )
  const { token, entity } = caller
  return grant(tx, { id, mount, token, entity, now }, lease)
}

/** Logs errors whose message is not sent to the client. */
function report(core: Core, { id, path }: Request, error: unknown): void {
  if (error instanceof ApiError && isLost(error.cause))
    core.log.error({ request: id, path, error: error.cause }, 'request denied')
  if (error instanceof ApiError || error instanceof Sealed) return
  core.log.error({ request: id, path, error }, 'request failed')
}
