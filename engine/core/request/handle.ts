import { type Call, callerOf } from '../../api/call.ts'
import { ApiError, wrapped } from '../../api/errors.ts'
import type { Granted, NewLease, Reply } from '../../api/reply.ts'
import type { Request } from '../../api/request.ts'
import { renderTemplate } from '../../identity/template.ts'
import { drop, findLease, grant } from '../../lease/leases.ts'
import { type Tx, transact, transactOnce } from '../../storage/transact.ts'
import { hasChangedToken } from '../../token/tokens.ts'
import type { Core } from '../core.ts'
import { randomText } from '../random-text.ts'
import type { Admitted } from './admit.ts'
import type { AdmittedFromCache } from './admit-from-cache.ts'
import { currentMount } from './current-mount.ts'
import { helpOn } from './help.ts'
import { performHostEffect } from './host-effect.ts'
import { logIn } from './login.ts'
import { prepare } from './prepare.ts'
import { recordEnds } from './record-ends.ts'
import { findLiveLease, requireLive } from './require-live.ts'
import { rightsOf } from './rights-of.ts'
import { wrapIfAsked } from './wrap-if-asked.ts'

const LEASE_ID_LENGTH = 24

/** Runs the handler. Its writes and the lease of what it issued are one commit. */
export async function handle(core: Core, request: Request, admitted: Admitted): Promise<Reply> {
  const { operation, path } = request
  if (operation === 'help') return { bare: { status: 200, body: helpOn(core, path, admitted) } }
  const cachedReads = admitted.endpoint?.cachedReads === true && operation === 'update'
  const prepared = await prepare(core, request, admitted)
  const work = (tx: Tx) => run(core, { request, admitted, prepared }, tx)
  return completed(core, admitted, await transact(core.store, work, { cachedReads }))
}

/**
 * The same for a request that was admitted by cached records. Returns nothing if it has made no commit that depends on them: not even an
 * error is then an answer, since the caller may have no right to that.
 */
export async function handleFromCache(
  core: Core,
  request: Request,
  admitted: AdmittedFromCache,
): Promise<Reply | undefined> {
  const reply = await transactOnce(core.store, admitted.basis, async tx => {
    const prepared = await prepare(core, request, admitted)
    return run(core, { request, admitted, prepared }, tx)
  })
  return reply && completed(core, admitted, reply)
}

interface Running {
  readonly request: Request
  readonly admitted: Admitted
  readonly prepared: unknown
}

/** Runs the handler in a transaction. */
async function run(core: Core, { request, admitted, prepared }: Running, tx: Tx): Promise<Reply> {
  const { operation, path } = request
  const { endpoint, engine, mount, params, caller } = admitted
  if (!endpoint) throw new ApiError('missing', wrapped('unsupported path'))
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

/** The reply of a transaction that has committed, after what follows from that. @throws {ApiError} its refusal */
async function completed(core: Core, admitted: Admitted, reply: Reply): Promise<Reply> {
  if (reply.refusal) {
    await recordEnds(core, admitted, { ends: reply.endsLeases, reason: 'misused' })
    throw reply.refusal
  }
  await reply.afterCommit?.()
  return reply.hostEffect ? performHostEffect(core, admitted.mount, reply) : reply
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
