import { attempt, type Result } from '../../../shared/result.ts'
import type { AlwaysEndpoint } from '../../api/always-endpoint.ts'
import { ApiError, STATUS } from '../../api/errors.ts'
import type { Reply } from '../../api/reply.ts'
import type { Request, Response } from '../../api/request.ts'
import type { RequestContext } from '../../audit/request-context.ts'
import { Tampered } from '../../storage/aead.ts'
import { Sealed } from '../../storage/sealed.ts'
import { endTokenUse } from '../background/revoke.ts'
import type { Core } from '../core.ts'
import { type Admitted, admit, noHandler, Refused, routeOf } from './admit.ts'
import { type AdmittedFromCache, admitFromCache } from './admit-from-cache.ts'
import { Moved } from './current-mount.ts'
import { isLost } from './denying-lost.ts'
import { failure, sealed, success, visible } from './envelope.ts'
import { handle, handleFromCache } from './handle.ts'
import { helpOf } from './help.ts'
import { probed } from './probed.ts'
import { recordEnds } from './record-ends.ts'
import { written } from './written.ts'

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
  const judged = (await judgedFromCache(core, request)) ?? (await judgedByStore(core, request))
  const answer = await recorded(core, request, judged)
    .catch(error => ({ ok: false as const, error }))
    .finally(() => {
      // whatever the outcome, the request no longer uses the token
      const { caller } = judged.found
      return caller?.remainingUses === undefined ? undefined : endTokenUse(core, caller.token)
    })
  const { admitted, found } = judged
  if (answer.ok) {
    await answer.value.beforeSend?.()
    return success(request, admitted.ok ? admitted.value.mount : undefined, answer.value)
  }
  report(core, request, answer.error)
  const response = failure(answer.error, found.caller !== undefined)
  const isStranger = !admitted.ok && !found.caller && response.status === STATUS.denied
  return isStranger ? { ...response, toStranger: true } : response
}

/** Whether a request may be performed, and what is known of it. */
interface Judged {
  admitted: Result<Admitted>
  found: RequestContext
  /** The same admission, if it is one by cached records. */
  fromCache?: AdmittedFromCache | undefined
}

async function judgedFromCache(core: Core, request: Request): Promise<Judged | undefined> {
  const fromCache = await admitFromCache(core, request)
  return fromCache && { admitted: { ok: true, value: fromCache }, found: fromCache, fromCache }
}

async function judgedByStore(core: Core, request: Request): Promise<Judged> {
  const admitted = await attempt(() => admit(core, request))
  const found = admitted.ok ? admitted.value : foundBefore(core, request, admitted.error)
  return { admitted, found, fromCache: undefined }
}

/** Sealing a sealed node succeeds, so that an operator can seal all nodes in an emergency. */
const isSealing = ({ operation, path }: Request) => operation === 'update' && path === 'sys/seal'

const DONE: Response = { status: 204, body: undefined }

/** Records a request, performs it if it was admitted, and records the response. Updates `judged` if it had to be judged again. */
async function recorded(core: Core, request: Request, judged: Judged): Promise<Result<Reply>> {
  const { admitted, found } = judged
  const refusal = admitted.ok ? undefined : visible(admitted.error)
  await written(core, { request, admitted }, core.audit.request(request, found, refusal))
  const answer = await answered(core, request, judged)
  const result = answer.ok ? answer : { ok: false as const, error: visible(answer.error) }
  const asked = { request, admitted: judged.admitted }
  await Promise.all([
    written(core, asked, core.audit.response(request, judged.found, result)),
    answer.ok && recordEnds(core, judged.found, { ends: answer.value.endsLeases, reason: 'used' }),
  ])
  return answer
}

/** The answer to a request. What was admitted by cached records is judged again by the store, unless a commit has shown that they were current. */
async function answered(core: Core, request: Request, judged: Judged): Promise<Result<Reply>> {
  const { fromCache } = judged
  if (fromCache) {
    const made = await attempt(() => handleFromCache(core, request, fromCache))
    if (!made.ok) return made
    if (made.value) return { ok: true, value: made.value }
    Object.assign(judged, await judgedByStore(core, request))
  }
  const { admitted } = judged
  return admitted.ok ? attempt(() => perform(core, request, admitted.value)) : admitted
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

/** Logs errors whose message is not sent to the client. */
function report(core: Core, { id, path }: Request, error: unknown): void {
  if (error instanceof ApiError && isLost(error.cause))
    core.log.error({ request: id, path, error: error.cause }, 'request denied')
  if (error instanceof ApiError || error instanceof Sealed) return
  core.log.error({ request: id, path, error }, 'request failed')
}
