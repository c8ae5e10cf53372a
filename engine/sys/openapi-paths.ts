import { boolean } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import { openApi } from '../api/openapi.ts'
import type { Core } from '../core/core.ts'

/** `sys/internal/specs/openapi`: everything that is mounted, for programs that make clients and documents. */
export const openapi = ({ mounts, about }: Core) => [
  endpoint({
    path: 'internal/specs/openapi',
    summary: 'Describes the API as an OpenAPI document.',
    description: 'Answers with every path of every mount, with its fields and operations.',
    fields: {
      generic_mount_paths: boolean({
        default: false,
        description: 'Accepted for compatibility: paths are those of the mounts as they are.',
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
