import type { Access } from '../../api/endpoint.ts'
import { STATUS } from '../../api/errors.ts'
import type { Incoming, Response } from '../../api/request.ts'
import type { Limits } from '../../limit/limits.ts'
import { Sealed } from '../../storage/sealed.ts'
import { withWaitBudget } from '../../storage/wait-budget.ts'
import type { Core } from '../core.ts'
import { failure, sealed, visible, wrongClock } from './envelope.ts'
import { isKnown } from './is-known.ts'
import { serve } from './serve.ts'

/**
 * Applies rate limits to a request, then reads its body and serves it, and counts the outcome in limits and metrics. The wait for the
 * storage is bounded.
 * @throws as {@link serve}, and {@link ApiError} for a body that cannot be read
 */
export const throttle = (core: Core, incoming: Incoming): Promise<Response> =>
  withWaitBudget(() => throttled(core, incoming)).catch(error => {
    // whatever the engine was at, with this request or to admit it, when it was sealed
    if (error instanceof Sealed) return failure(sealed(), false)
    throw error
  })

async function throttled(core: Core, incoming: Incoming): Promise<Response> {
  const { limits, metrics, activity } = core
  const { path, client, operation } = incoming
  const read = () => incoming.read(() => isKnown(core, incoming))
  if (core.mounts.always(path)) return serve(core, await read())

  if (core.storeClock?.isFarOff) return failure(wrongClock(), false)

  const route = core.mounts.find(path)
  const access = route?.endpoint?.access ?? 'token'
  const open = access === 'public' || (access === 'optional' && !incoming.token)
  const asked = { path, address: client.address, open }
  const early =
    limits.take(asked) || (access === 'public' ? 0 : await unauthenticatedWait(core, incoming))
  if (early > 0) return tooMany(core, path, early)

  const begun = performance.now()
  const answered = (status: number) => {
    const [mount, endpoint] = [route?.mount.path ?? '', route?.endpoint]
    const seconds = (performance.now() - begun) / 1000
    const [type, path] = [route?.mount.type ?? '', endpoint?.path ?? '']
    metrics.answered({ mount, type, path, operation, status, seconds })
    activity.answered({ mount, path, status, seconds, waits: endpoint?.waits ?? false })
  }
  const response = await read()
    .then(request => serve(core, request))
    .catch(error => {
      // such failures, for example of the audit log, must show in the metrics
      answered(STATUS[visible(error).code])
      throw error
    })
  const late = response.isProbe ? limits.probed(asked) : 0
  if (late > 0) return tooMany(core, path, late)
  charge(limits, { asked, access, response })
  answered(response.status)
  if (response.event) for (const each of [metrics, activity]) each.happened(response.event)
  return response
}

interface ServedRequest {
  readonly asked: Parameters<Limits['take']>[0]
  readonly access: Access
  readonly response: Response
}

/** Charges a refusal to the client's network: as a missing token where one is required, else as a failed guess. */
function charge(limits: Limits, { asked, access, response }: ServedRequest): void {
  const { status, toStranger, charged } = response
  const needsToken = toStranger || (asked.open && status === STATUS.denied)
  if (access !== 'public' && needsToken) limits.refusedUnauthenticated(asked)
  else if (asked.open && ((status >= 400 && status < 500) || charged)) limits.failed(asked)
}

/** Milliseconds for which a client without a valid token must wait after too many such requests; they are not audited. 0 with a valid token. */
async function unauthenticatedWait(core: Core, incoming: Incoming): Promise<number> {
  const wait = core.limits.unauthenticatedWait(incoming.client)
  return wait > 0 && !(await isKnown(core, incoming)) ? wait : 0
}

/** @param wait milliseconds */
function tooMany({ metrics }: Core, path: string, wait: number): Response {
  metrics.limited()
  return {
    status: 429,
    body: { errors: [`request path ${JSON.stringify(path)}: rate limit quota exceeded`] },
    headers: { 'Retry-After': String(Math.ceil(wait / 1000)) },
  }
}
