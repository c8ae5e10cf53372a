import { boolean } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import { openApi } from '../api/openapi.ts'
import type { Core } from '../core/core.ts'

/** `sys/internal/specs/openapi`, for generators of clients and documentation. */
export const openapi = ({ mounts, about }: Core) => [
  endpoint({
    path: 'internal/specs/openapi',
    summary: 'Returns the API as an OpenAPI document.',
    description: 'The document has the paths of all mounts, with their parameters and operations.',
    fields: {
      generic_mount_paths: boolean({
        default: false,
        description: 'Accepted for compatibility: paths are always those of the actual mounts.',
      }),
    },
    operations: {
      read: async function readOpenApi() {
        const mounted = mounts.all
          .filter(({ leaving }) => !leaving)
          .map(mount => ({
            path: mount.path,
            endpoints: mounts.engineOf(mount)?.endpoints ?? [],
          }))
        return { bare: { status: 200, body: openApi(about.version, mounted) } }
      },
    },
  }),
]
