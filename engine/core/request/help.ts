import { endpointHelp, engineHelp } from '../../api/describe.ts'
import type { Endpoint } from '../../api/endpoint.ts'
import { ApiError, wrapped } from '../../api/errors.ts'
import { openApi } from '../../api/openapi.ts'
import type { Core } from '../core.ts'
import type { Admitted } from './admit.ts'

/** What a request for help is answered with; of a mount, all that its engine has. @throws {ApiError} missing. Contract §1.5. */
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

/** The help on one endpoint of what is mounted `at` a path. */
export function helpOf(
  { about }: Pick<Core, 'about'>,
  path: string,
  { at, endpoint }: { readonly at: string; readonly endpoint: Endpoint },
): object {
  const openapi = openApi(about.version, [{ path: at, endpoints: [endpoint] }])
  return { help: endpointHelp(path, endpoint), see_also: null, openapi }
}
