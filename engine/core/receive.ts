import type { Incoming, Response } from '../api/request.ts'
import type { Core } from './core.ts'
import { isKnown } from './is-known.ts'
import type { Route } from './mounts.ts'
import { serve } from './serve.ts'

/**
 * Takes in one request: refuses it if its source has made too many, else reads and serves it; and counts what came of it.
 * @throws as {@link serve}, and {@link ApiError} for what cannot be read
 */
export async function receive(core: Core, incoming: Incoming): Promise<Response> {
  const { limits, metrics } = core
  const { path, client, operation } = incoming
  const read = () => incoming.read(() => isKnown(core, incoming))
  if (core.mounts.always(path)) return serve(core, await read())

  const route = core.mounts.find(path)
  const open = isOpen(route)
  const asked = { path, address: client.address, open }
  const wait = limits.take(asked) || (open ? 0 : await strangersWait(core, incoming))
  if (wait > 0) {
    metrics.limited()
    return tooMany(path, wait)
  }

  const begun = performance.now()
  const response = await serve(core, await read())
  const late = response.isProbe ? limits.probed(asked) : 0
  if (late > 0) {
    metrics.limited()
    return tooMany(path, late)
  }
  const isRefused = response.status >= 400 && response.status < 500
  if (open && (isRefused || response.charged)) limits.failed(asked)
  if (!open && response.toStranger) limits.refusedStranger(asked)
  metrics.answered({
    mountType: route?.mount.type ?? '',
    path: route?.endpoint?.path ?? '',
    operation,
    status: response.status,
    seconds: (performance.now() - begun) / 1000,
  })
  if (response.event) metrics.happened(response.event)
  return response
}

/** Whether it can be asked without a token. */
const isOpen = (route: Route | undefined) => route?.endpoint?.access === 'public'

/** Who has come too often without a good token is turned away, and nothing is written down. With a good one, anybody is served. */
async function strangersWait(core: Core, incoming: Incoming): Promise<number> {
  const wait = core.limits.strangersWait(incoming.client)
  return wait > 0 && !(await isKnown(core, incoming)) ? wait : 0
}

/** @param wait milliseconds */
function tooMany(path: string, wait: number): Response {
  return {
    status: 429,
    body: { errors: [`request path ${JSON.stringify(path)}: rate limit quota exceeded`] },
    headers: { 'Retry-After': String(Math.ceil(wait / 1000)) },
  }
}
