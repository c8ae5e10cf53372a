import type { Request } from '../../api/request.ts'
import { readFromCache } from '../../storage/read-from-cache.ts'
import type { Batch } from '../../storage/store.ts'
import type { Core } from '../core.ts'
import { type Admitted, judge, routeOf } from './admit.ts'

/** A request that may be performed, by what this node has cached of its token and policies. That may be out of date. */
export interface AdmittedFromCache extends Admitted {
  /** The versions of all that it was judged by. Only a commit that depends on them makes the request count as admitted. */
  readonly basis: Batch['reads']
}

/**
 * Admits a request by cached records alone, so that its token and policies cost no read. Returns nothing where that is not possible: a
 * record is not cached, the request is refused, its token has limited uses, or its endpoint does not nearly always commit. Such a request is
 * judged by the store.
 */
export async function admitFromCache(
  core: Core,
  request: Request,
): Promise<AdmittedFromCache | undefined> {
  const route = routeOf(core, request)
  const { endpoint } = route ?? {}
  if (!route || !endpoint?.cachedReads || endpoint.access !== 'token') return undefined
  if (request.operation !== 'update') return undefined
  const judged = await readFromCache(core.store, tx => judge(core, request, tx))
  if (!judged?.value.permission.allowed) return undefined
  return { ...route, ...judged.value, basis: judged.versions }
}
