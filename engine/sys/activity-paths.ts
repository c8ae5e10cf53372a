import { string } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import type { Core } from '../core/core.ts'
import { INTERVAL } from '../metric/activity.ts'
import { thisProcess } from './this-process.ts'

/** `sys/activity`: what this process did in the last hour. */
export const activity = (core: Core) =>
  endpoint({
    path: 'activity',
    summary: 'Returns what this process of the server did in the last hour.',
    description:
      'Returns a sample for every 10 seconds, the oldest first: requests and errors, logins to the server that succeeded and failed, passwords, certificates and keys, the latency of requests, and the leases in the store. Each process has its own samples, in memory, and takes none while it is sealed. For monitoring use sys/metrics.',
    fields: {
      after: string({
        default: '',
        description: 'Time of the last sample that the client already has.',
      }),
    },
    operations: {
      read: async function readActivity({ after }) {
        return {
          data: {
            interval: INTERVAL,
            process: thisProcess(core),
            samples: core.activity.since(after),
          },
        }
      },
    },
  })
