import type { Sight } from './postgres-server.ts'

/** Milliseconds that the other servers have to answer after the first that takes writes. */
const GRACE = 250

interface Server {
  look(): Promise<Sight>
}

/** A server that takes writes, and its timeline. */
export interface Primary<S> {
  readonly server: S
  readonly timeline: number
}

/**
 * Looks at all servers at once for the one that takes writes. If several do, since one that was replaced was not shut out, it is the one with
 * the highest timeline: the one that was promoted last. Among equals it is `current`, then the first. None has a lower timeline than `least`.
 * @returns the primary, or the errors of all servers, in their order
 */
export async function findPrimary<S extends Server>(
  servers: readonly S[],
  { current, least }: { readonly current: S | undefined; readonly least: number },
): Promise<Primary<S> | readonly unknown[]> {
  const found = new Map<S, Sight>()
  const enough = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | undefined
  const looks = servers.map(async server => {
    const sight = await server.look()
    found.set(server, sight)
    if (sight.state === 'writable') timer ??= setTimeout(enough.resolve, GRACE)
  })
  await Promise.race([Promise.all(looks), enough.promise])
  clearTimeout(timer)
  const order = current ? [current, ...servers.filter(each => each !== current)] : servers
  const writable = order.flatMap(server => {
    const { state, timeline = 0 } = found.get(server) ?? {}
    // one that is too busy to say its timeline is used if it was before
    const counts = state === 'writable' && (timeline >= least || server === current)
    return counts ? [{ server, timeline }] : []
  })
  const [first, ...others] = writable
  if (!first) return servers.map(server => found.get(server)?.error ?? REPLACED)
  return others.reduce((best, each) => (each.timeline > best.timeline ? each : best), first)
}

const REPLACED = new Error('the database server takes writes, but another has taken over from it')
