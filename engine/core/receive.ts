import type { Request, Response } from '../api/request.ts'
import type { Core } from './core.ts'
import type { Route } from './mounts.ts'
import { serve } from './serve.ts'

/**
 * Takes in one request: refuses it if its source has made too many, else serves it; and counts what came of it.
 * @throws as {@link serve}
 */
export async function receive(core: Core, request: Request): Promise<Response> {
  const { limits, metrics, now } = core
  if (core.mounts.always(request.path)) return serve(core, request)

  const route = core.mounts.find(request.path)
  const { path, client, operation } = request
  const open = isOpen(route)
  const asked = { path, address: client.address, open }
  const wait = limits.take(asked, now())
  if (wait > 0) {
    metrics.limited()
    return tooMany(path, wait)
  }

  const begun = performance.now()
  const response = await serve(core, request)
  const isRefused = response.status >= 400 && response.status < 500
  if (open && (isRefused || response.charged)) limits.failed(asked, now())
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

/** @param wait milliseconds */
function tooMany(path: string, wait: number): Response {
  return {
    status: 429,
    body: { errors: [`request path ${JSON.stringify(path)}: rate limit quota exceeded`] },
    headers: { 'Retry-After': String(Math.ceil(wait / 1000)) },
  }
}
