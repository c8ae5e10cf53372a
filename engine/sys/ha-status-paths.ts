import { hostname } from 'node:os'
import { endpoint } from '../api/endpoint.ts'
import type { Core } from '../core/core.ts'

/** Paths for clusters with a leader. Here every node is active, so there is nothing to hand over. */
export const haStatus = ({ about }: Core) => [
  endpoint({
    path: 'ha-status',
    summary: 'Returns the status of this node.',
    description:
      'Every node is active. A node returns only itself, since nodes do not know each other.',
    fields: {},
    operations: {
      read: async function readHaStatus() {
        const node = {
          ...{ hostname: hostname(), api_address: '', cluster_address: '' },
          ...{ active_node: true, last_echo: null, version: about.version },
        }
        return { data: { nodes: [node] }, hoisted: true }
      },
    },
  }),
  endpoint({
    path: 'step-down',
    sudo: true,
    summary: 'Does nothing: there is no leader.',
    description: 'Succeeds, for the sake of scripts that make a leader step down.',
    fields: {},
    operations: {
      update: async function stepDown() {
        return undefined
      },
    },
  }),
]
