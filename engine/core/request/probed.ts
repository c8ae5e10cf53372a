import { attempt } from '../../../shared/result.ts'
import type { Request, Response } from '../../api/request.ts'
import type { Core } from '../core.ts'
import { success } from './envelope.ts'

/**
 * Answers a health check without reading the store: hosts send one for each login that they refuse themselves. The audit log counts
 * them. Returns nothing for any other request, and while no audit device can write, so that the check then fails as logins do.
 */
export async function probed(core: Core, request: Request): Promise<Response | undefined> {
  const { operation, path, data } = request
  const route = core.mounts.find(path)
  if (!route) return undefined
  const call = { mount: route.mount, now: core.now(), requestId: request.id }
  // invalid parameters are refused like those of any request
  const reply = await attempt(() => route.endpoint?.probe(operation, data, call))
  if (!reply.ok || !reply.value || !core.audit.takesLines) return undefined
  core.audit.probed(path, route.mount)
  return { ...success(request, route.mount, reply.value), isProbe: true }
}
