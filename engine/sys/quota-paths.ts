import { boolean, duration, name, string } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { requireAny, requireFound } from '../api/require-found.ts'
import { loadQuotas } from '../core/background/load-quotas.ts'
import type { Core } from '../core/core.ts'
import { allQuotas, deleteQuota, findQuota, putQuota, type Quota } from '../limit/quotas.ts'
import type { Tx } from '../storage/transact.ts'

const quotaName = name({ default: '', description: 'Name of the quota.' })

/** `sys/quotas/rate-limit`: rate limits for client networks, in Vault's format. */
export const quotas = (core: Core) => [
  endpoint({
    path: 'quotas/rate-limit',
    summary: 'Lists the rate limit quotas.',
    description: 'Returns the names of all quotas that were created.',
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
    summary: 'Creates, reads or deletes a rate limit quota.',
    description:
      'A quota limits the requests of each source below a path. A source is an IPv4 address or the /64 network of an IPv6 address. The quota with the longest matching path applies. It replaces the built-in limit for requests without a token, which is 1000 a second for each source, where a failed request counts as twenty. Requests without a valid token that are refused have another limit, independent of quotas: 1000, then 20 a second for each source; 5000, then 200 a second for all sources together. Requests with a valid token are not affected by it. Quotas do not apply to sys/quotas, so that a quota that is too low can be deleted. Each node counts for itself, and so does each of its workers.',
    fields: {
      name: quotaName,
      role: string({ default: '', description: 'Not supported: a quota applies to a path.' }),
      group_by: string({ default: '', description: 'Must be "ip" or empty.' }),
      secondary_rate: string({ default: '0', description: 'Not supported.' }),
      inheritable: boolean({
        description:
          'Stored and returned for compatibility: there are no namespaces. Defaults to true for a quota without a path.',
      }),
      type: string({ default: 'rate-limit', description: 'Accepted for compatibility.' }),
      path: string({
        default: '',
        description: 'A mount or a path in it, for example "ssh/verify"; empty for all requests.',
      }),
      rate: string({
        default: '0',
        required: true,
        description: 'Number of requests of each source that are allowed in an interval.',
      }),
      interval: duration({ default: 1, description: 'Length of the interval.' }),
      block_interval: duration({
        default: 0,
        description: 'How long a source is blocked after it has exceeded the rate.',
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

/** @throws {ApiError} invalid, for a quota that counts in a way that is not supported */
function requireSupported(given: {
  readonly role: string
  readonly group_by: string
  readonly secondary_rate: string
}): void {
  const refuse = (what: string) => {
    throw new ApiError('invalid', `${what}: a quota applies to each address and a whole path`)
  }
  if (given.role !== '') refuse("'role' is not supported")
  if (!['', 'ip'].includes(given.group_by)) refuse('\'group_by\' other than "ip" is not supported')
  if (Number(given.secondary_rate) !== 0) refuse("'secondary_rate' is not supported")
}

/** Only one quota for a path is possible. @throws {ApiError} invalid */
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
