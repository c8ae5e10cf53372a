import { duration, name, string } from '../../shared/field.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import type { Core } from '../core/core.ts'
import { loadQuotas } from '../core/load-quotas.ts'
import { allQuotas, deleteQuota, findQuota, putQuota, type Quota } from '../limit/quotas.ts'

const quotaName = name({ default: '', description: 'Name of the quota.' })

/** `sys/quotas/rate-limit`: how many requests each source may make, in the shape of Vault's. */
export const quotas = (core: Core) => [
  endpoint({
    path: 'quotas/rate-limit',
    summary: 'Lists the rate limits.',
    description: 'Answers with the names of all rate limits that have been set.',
    fields: {},
    operations: {
      async list(_, { tx }) {
        const keys = (await allQuotas(tx)).map(quota => quota.name)
        if (keys.length === 0) throw new ApiError('missing')
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
      async read({ name: of }, { tx }) {
        const quota = await findQuota(tx, of)
        if (!quota) throw new ApiError('missing')
        return { data: describe(quota) }
      },
      async update({ name: of, path, rate, interval, block_interval: blockInterval }, { tx }) {
        const perInterval = Number(rate)
        if (!(perInterval > 0 && Number.isFinite(perInterval)))
          throw new ApiError('invalid', `'rate' is invalid`)
        if (interval < 1) throw new ApiError('invalid', `'interval' is invalid`)
        await putQuota(tx, {
          name: of,
          path: path.split('/').filter(Boolean).join('/'),
          writtenPath: path.replace(/\/{2,}/g, '/'),
          rate: perInterval,
          interval,
          blockInterval,
        })
        return { after: () => loadQuotas(core) }
      },
      async delete({ name: of }, { tx }) {
        await deleteQuota(tx, of)
        return { after: () => loadQuotas(core) }
      },
    },
  }),
]

const describe = ({ name: of, path, writtenPath, rate, interval, blockInterval }: Quota) => ({
  type: 'rate-limit',
  name: of,
  path: writtenPath ?? path,
  rate,
  interval,
  block_interval: blockInterval,
  role: '',
  inheritable: true,
})
