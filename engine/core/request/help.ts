import { endpointHelp, engineHelp } from '../../api/describe.ts'
import type { Endpoint } from '../../api/endpoint.ts'
import { ApiError, wrapped } from '../../api/errors.ts'
import { openApi } from '../../api/openapi.ts'
import type { Core } from '../core.ts'
import type { Admitted } from './admit.ts'

/** The response to a help request, for an endpoint or a whole mount. Contract §1.5. @throws {ApiError} missing */
export function helpOn(
  core: Pick<Core, 'about'>,
  path: string,
  { mount, engine, endpoint }: Admitted,
): object {
  if (endpoint) return helpOf(core, path, { at: mount.path, endpoint })
  if (`${path}/`.replace(/\/+$/, '/') !== mount.path)
    throw new ApiError('missing', wrapped('unsupported path'))
  const openapi = openApi(core.about.version, [{ path: mount.path, endpoints: engine.endpoints }])
  return { help: engineHelp(engine), see_also: null, openapi }
}

/** The help for one endpoint of the engine mounted at `at`. */
export function helpOf(
  { about }: Pick<Core, 'about'>,
  path: string,
  { at, endpoint }: { readonly at: string; readonly endpoint: Endpoint },
): object {
  const openapi = openApi(about.version, [{ path: at, endpoints: [endpoint] }])
  return { help: endpointHelp(path, endpoint), see_also: null, openapi }
}
