import { boolean, integer } from '../../shared/field.ts'
import { alwaysEndpoint } from '../api/always-endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { StoreProbe } from '../core/background/store-probe.ts'
import type { Core } from '../core/core.ts'
import { wrongClock } from '../core/request/envelope.ts'
import { StoreUnavailable } from '../storage/store.ts'

/** The paths by which load balancers and clients ask how the server is. None needs a token. Contract §4.2. */
export const health = (core: Core, probe = new StoreProbe(core.store)) => [
  alwaysEndpoint({
    path: 'health',
    summary: 'Tells whether the server is ready.',
    description:
      'The HTTP status is the answer for a load balancer: 200 when the server is active, 501 before it is initialized, 503 when it is sealed, its storage does not answer, its clock is more than a minute from that of the storage, or it has audit devices of which none takes a line. The fields choose others, but not for the last three.',
    fields: {
      activecode: integer({ default: 200, description: 'Status for an active server.' }),
      standbycode: integer({ default: 429, description: 'Status for a standby server.' }),
      sealedcode: integer({ default: 503, description: 'Status for a sealed server.' }),
      uninitcode: integer({ default: 501, description: 'Status for a server without data.' }),
      standbyok: boolean({ default: false, description: 'A standby server counts as active.' }),
      perfstandbyok: boolean({ default: false, description: 'Accepted for compatibility.' }),
    },
    operations: {
      read: async function readHealth({ activecode, sealedcode, uninitcode }) {
        // an engine whose database is away would refuse every login that is sent to it
        if (!(await probe.answers())) throw new StoreUnavailable('the storage does not answer')
        if (core.storeClock?.isFarOff) throw wrongClock()
        const { sealed } = core.sealing
        const initialized = await core.sealing.initialized()
        // nor would one do anything that it cannot write down
        if (!sealed && !(await core.audit.ready()))
          throw new ApiError('unavailable', 'no audit device takes lines')
        const status = !initialized ? uninitcode : sealed ? sealedcode : activecode
        return { bare: { status: codeOf(status), body: bodyOf(core, initialized) } }
      },
    },
  }),
  alwaysEndpoint({
    path: 'leader',
    summary: 'Tells which node leads.',
    description: 'Every node answers for itself: there is no leader to wait for.',
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

// what is no HTTP status cannot be sent; below 200 there is no answer that ends
const codeOf = (status: number) => (status >= 200 && status <= 599 ? status : 400)
