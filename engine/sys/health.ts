import { boolean, integer } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import type { Core } from '../core/core.ts'

/** The paths by which load balancers, clients and people ask how the server is. None needs a token. Contract §4.2. */
export const health = ({ about, now }: Core) => [
  endpoint({
    path: 'health',
    always: true,
    access: 'public',
    summary: 'Tells whether the server is ready.',
    description:
      'The HTTP status is the answer for a load balancer: 200 when the server is active. activecode chooses another.',
    fields: {
      activecode: integer({ default: 200, description: 'Status for an active server.' }),
      standbycode: integer({ default: 429, description: 'Status for a standby server.' }),
      sealedcode: integer({ default: 503, description: 'Status for a sealed server.' }),
      uninitcode: integer({ default: 501, description: 'Status for a server without data.' }),
      standbyok: boolean({ default: false, description: 'A standby server counts as active.' }),
      perfstandbyok: boolean({ default: false, description: 'Accepted for compatibility.' }),
    },
    operations: {
      async read({ activecode }) {
        const body = {
          initialized: true,
          sealed: false,
          standby: false,
          performance_standby: false,
          replication_performance_mode: 'disabled',
          replication_dr_mode: 'disabled',
          server_time_utc: Math.floor(now().getTime() / 1000),
          version: about.version,
          cluster_name: about.clusterName,
          cluster_id: about.clusterId,
        }
        return { bare: { status: activecode, body } }
      },
    },
  }),
  endpoint({
    path: 'seal-status',
    always: true,
    access: 'public',
    summary: 'Tells whether the server is sealed.',
    description: 'A sealed server holds its data but cannot read it.',
    fields: {},
    operations: {
      async read() {
        const body = {
          type: 'shamir',
          initialized: true,
          sealed: false,
          t: 1,
          n: 1,
          progress: 0,
          nonce: '',
          version: about.version,
          build_date: '',
          migration: false,
          cluster_name: about.clusterName,
          cluster_id: about.clusterId,
          recovery_seal: false,
          storage_type: about.storageType,
        }
        return { bare: { status: 200, body } }
      },
    },
  }),
  endpoint({
    path: 'init',
    always: true,
    access: 'public',
    summary: 'Tells whether the server has been initialized.',
    description: 'A server in memory is always initialized.',
    fields: {},
    operations: {
      async read() {
        return { bare: { status: 200, body: { initialized: true } } }
      },
    },
  }),
  endpoint({
    path: 'leader',
    always: true,
    access: 'public',
    summary: 'Tells which node leads.',
    description: 'Every node answers for itself: there is no leader to wait for.',
    fields: {},
    operations: {
      async read() {
        const body = {
          ha_enabled: false,
          is_self: false,
          leader_address: '',
          leader_cluster_address: '',
        }
        return { bare: { status: 200, body } }
      },
    },
  }),
]
