import { hostname } from 'node:os'
import { endpoint } from '../api/endpoint.ts'
import type { Core } from '../core/core.ts'

/** What clients ask of nodes that lead or stand by. Here every node is active: there is nothing to hand over. */
export const haStatus = ({ about }: Core) => [
  endpoint({
    path: 'ha-status',
    summary: 'Tells which node answers.',
    description: 'Every node is active and answers for itself: nodes do not know of each other.',
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
    summary: 'Does nothing: no node leads.',
    description: 'Answers so that procedures for nodes that lead go on.',
    fields: {},
    operations: {
      update: async function stepDown() {
        return undefined
      },
    },
  }),
]
