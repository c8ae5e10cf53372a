import { boolean, list } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import type { Core } from '../core/core.ts'

/** `sys/config`: what clients read of the server's configuration. */
export const config = ({ about, mounts, sealing }: Core) => [
  endpoint({
    path: 'config/cors',
    sudo: true,
    summary: 'Reads or changes the CORS settings.',
    description: 'CORS is always disabled: this server does not allow cross-origin requests.',
    fields: {
      enabled: boolean({ default: true, description: 'Must be false.' }),
      allowed_origins: list({ default: [], description: 'Accepted for compatibility.' }),
      allowed_headers: list({ default: [], description: 'Accepted for compatibility.' }),
    },
    operations: {
      read: async function readCors() {
        return { data: { enabled: false } }
      },
      update: async function writeCors({ enabled }) {
        if (enabled)
          throw new ApiError('invalid', 'cross-origin requests are not supported by this server')
        return undefined
      },
      delete: async function deleteCors() {
        return undefined
      },
    },
  }),
  endpoint({
    path: 'config/state/sanitized',
    summary: 'Returns the configuration of the server, without secrets.',
    description: 'The keys are those of the configuration file.',
    fields: {},
    operations: {
      read: async function readSanitizedConfig() {
        const { defaultTtl, maxTtl } = mounts.lifetimes
        return {
          data: {
            default_lease_ttl: defaultTtl,
            max_lease_ttl: maxTtl,
            storage: { type: about.storageType },
            seal: { type: sealing.type },
          },
        }
      },
    },
  }),
]
