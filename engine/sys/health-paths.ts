import { boolean, integer } from '../../shared/field.ts'
import { alwaysEndpoint } from '../api/always-endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { StoreProbe } from '../core/background/store-probe.ts'
import type { Core } from '../core/core.ts'
import { wrongClock } from '../core/request/envelope.ts'
import { StoreUnavailable } from '../storage/store.ts'

/** Health checks for load balancers and clients, without a token. Contract §4.2. */
export const health = (core: Core, probe = new StoreProbe(core.store)) => [
  alwaysEndpoint({
    path: 'health',
    summary: 'Returns the health of the server.',
    description:
      'The HTTP status is 200 if the server is active, 501 if it is not initialized, and 503 if it is sealed, its storage does not answer, its clock is more than a minute off from that of the storage, or none of its audit devices can write. The parameters change these statuses, except for the last three causes.',
    fields: {
      activecode: integer({ default: 200, description: 'Status for an active server.' }),
      standbycode: integer({ default: 429, description: 'Status for a standby server.' }),
      sealedcode: integer({ default: 503, description: 'Status for a sealed server.' }),
      uninitcode: integer({ default: 501, description: 'Status for an uninitialized server.' }),
      standbyok: boolean({ default: false, description: 'A standby server counts as active.' }),
      perfstandbyok: boolean({ default: false, description: 'Accepted for compatibility.' }),
    },
    operations: {
      read: async function readHealth({ activecode, sealedcode, uninitcode }) {
        // without its database, the server would refuse every login that a load balancer sends it
        if (!(await probe.answers())) throw new StoreUnavailable('the storage does not answer')
        if (core.storeClock?.isFarOff) throw wrongClock()
        const { sealed } = core.sealing
        const initialized = await core.sealing.initialized()
        // without an audit log it would refuse every request
        if (!sealed && !(await core.audit.ready()))
          throw new ApiError('unavailable', 'no audit device takes lines')
        const status = !initialized ? uninitcode : sealed ? sealedcode : activecode
        return { bare: { status: codeOf(status), body: bodyOf(core, initialized) } }
      },
    },
  }),
  alwaysEndpoint({
    path: 'leader',
    summary: 'Returns the leader of the cluster.',
    description: 'There is no leader: every node is active.',
    fields: {},
    operations: {
      read: async function readLeader() {
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

function bodyOf({ sealing, about, now }: Core, initialized: boolean): object {
  const { sealed } = sealing
  return {
    initialized,
    sealed,
    standby: sealed,
    performance_standby: false,
    replication_performance_mode: sealed ? 'unknown' : 'disabled',
    replication_dr_mode: sealed ? 'unknown' : 'disabled',
    server_time_utc: Math.floor(now().getTime() / 1000),
    version: about.version,
    ...(!sealed && { cluster_name: about.clusterName, cluster_id: about.clusterId }),
  }
}

// a response needs a valid HTTP status; those below 200 are interim responses
const codeOf = (status: number) => (status >= 200 && status <= 599 ? status : 400)
