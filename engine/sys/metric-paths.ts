import { string } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import type { Core } from '../core/core.ts'

/** `sys/metrics`. */
export const metrics = ({ metrics: counted }: Core) => [
  endpoint({
    path: 'metrics',
    summary: 'Returns the metrics of this node.',
    description:
      'Returns the text format of Prometheus. Each node has its own metrics, which include all of its workers. Configure Prometheus with a token that can read this path.',
    fields: {
      format: string({
        default: 'prometheus',
        description: 'Accepted for compatibility: there is only one format.',
      }),
    },
    operations: {
      read: async function readMetrics() {
        return { bare: { status: 200, body: await counted.text() } }
      },
    },
  }),
]
