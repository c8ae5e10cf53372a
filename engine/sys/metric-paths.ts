import { string } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import type { Core } from '../core/core.ts'

/** `sys/metrics`: what the server has counted. */
export const metrics = ({ metrics: counted }: Core) => [
  endpoint({
    path: 'metrics',
    summary: 'Shows the metrics of this node.',
    description:
      'Answers in the text format of Prometheus. Each node counts for itself, all of its workers together. Prometheus sends a token that may read this path.',
    fields: {
      format: string({
        default: 'prometheus',
        description: 'Accepted for compatibility: there is one format.',
      }),
    },
    operations: {
      read: async function readMetrics() {
        return { bare: { status: 200, body: await counted.text() } }
      },
    },
  }),
]
