import { boolean, duration, name, string } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { requireAny, requireFound } from '../api/require-found.ts'
import { loadQuotas } from '../core/background/load-quotas.ts'
import type { Core } from '../core/core.ts'
import { allQuotas, deleteQuota, findQuota, putQuota, type Quota } from '../limit/quotas.ts'
import type { Tx } from '../storage/transact.ts'

const quotaName = name({ default: '', description: 'Name of the quota.' })

/** `sys/quotas/rate-limit`: how many requests each source may make, in the shape of Vault's. */
export const quotas = (core: Core) => [
  endpoint({
    path: 'quotas/rate-limit',
    summary: 'Lists the rate limits.',
    description: 'Answers with the names of all rate limits that have been set.',
    fields: {},
    operations: {
      list: async function listQuotas(_, { tx }) {
        const keys = requireAny((await allQuotas(tx)).map(quota => quota.name))
        return { data: { keys } }
      },
    },
  }),
  endpoint({
    path: 'quotas/rate-limit/:name',
    summary: 'Sets how many requests each source may make below a path.',
    description:
      'A source is an IPv4 address or the /64 network of an IPv6 address. The quota with the longest path that fits a request counts, and takes the place of the built-in limit for requests without a token: 1000 a second for each source, of which one that fails counts for twenty. Requests that are refused because they come without a good token are counted apart, whatever the quotas are: after a thousand, a source may make twenty a second more, and after five thousand all together two hundred; requests with a good token are served all the same. None counts for sys/quotas itself, so that one that is too narrow can be undone. Each node counts for itself, and each of its workers, where it has several.',
    fields: {
      name: quotaName,
      role: string({ default: '', description: 'Not supported: a quota counts for a whole path.' }),
      group_by: string({ default: '', description: 'Only "ip": sources are addresses.' }),
      secondary_rate: string({ default: '0', description: 'Not supported.' }),
      inheritable: boolean({
        description:
          'Kept for clients that compare: there are no namespaces. True for a quota of all requests where it is left out.',
      }),
      type: string({ default: 'rate-limit', description: 'Accepted for compatibility.' }),
      path: string({
        default: '',
        description: 'A mount, or a path in it, for example "ssh/verify". All requests if empty.',
      }),
      rate: string({
        default: '0',
        required: true,
        description: 'Requests that a source may make in an interval.',
      }),
      interval: duration({ default: 1, description: 'Length of the interval.' }),
      block_interval: duration({
        default: 0,
        description: 'For how long a source that made too many is refused all requests.',
      }),
    },
    operations: {
      read: async function readQuota({ name: of }, { tx }) {
        const quota = requireFound(await findQuota(tx, of))
        return { data: describe(quota) }
      },
      update: async function writeQuota(given, { tx }) {
        const { name: of, path: writtenPath, rate, interval } = given
        requireSupported(given)
        const perInterval = Number(rate)
        if (!(perInterval > 0 && Number.isFinite(perInterval)))
          throw new ApiError('invalid', `'rate' is invalid`)
        if (interval < 1) throw new ApiError('invalid', `'interval' is invalid`)
        const path = writtenPath.split('/').filter(Boolean).join('/')
        await requireAlone(tx, of, path)
        const blockInterval = given.block_interval
        const inheritable = given.inheritable ?? path === ''
        const rest = { interval, blockInterval, inheritable }
        const written = writtenPath.replace(/\/{2,}/g, '/')
        await putQuota(tx, { name: of, path, writtenPath: written, rate: perInterval, ...rest })
        return { afterCommit: () => loadQuotas(core) }
      },
      delete: async function deleteQuotaRule({ name: of }, { tx }) {
        await deleteQuota(tx, of)
        return { afterCommit: () => loadQuotas(core) }
      },
    },
  }),
]

/** @throws {ApiError} invalid, for what would make a quota count otherwise than it does here */
function requireSupported(given: {
  readonly role: string
  readonly group_by: string
  readonly secondary_rate: string
}): void {
  const refuse = (what: string) => {
    throw new ApiError('invalid', `${what}: a quota counts each address for a whole path`)
  }
  if (given.role !== '') refuse("'role' is not supported")
  if (!['', 'ip'].includes(given.group_by)) refuse('\'group_by\' other than "ip" is not supported')
  if (Number(given.secondary_rate) !== 0) refuse("'secondary_rate' is not supported")
}

/** Of two quotas for one path only one could count. @throws {ApiError} invalid */
async function requireAlone(tx: Tx, name: string, path: string): Promise<void> {
  const other = (await allQuotas(tx)).find(quota => quota.path === path && quota.name !== name)
  if (other)
    throw new ApiError(
      'invalid',
      `quota rule with similar properties exists under the name ${JSON.stringify(other.name)}`,
    )
}

const describe = ({ name: of, path, writtenPath, rate, interval, ...quota }: Quota) => ({
  type: 'rate-limit',
  name: of,
  path: writtenPath ?? path,
  rate,
  interval,
  block_interval: quota.blockInterval,
  role: '',
  inheritable: quota.inheritable ?? true,
})
