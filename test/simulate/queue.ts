/**
 * Mean seconds that a request waits before a server begins with it: requests come at random, and each takes the same time (M/D/1, the
 * formula of Pollaczek and Khinchine). Infinite from a utilisation of 1 on.
 * @param utilisation the part of its time that the server works
 * @param service seconds for one request
 */
export function meanWait(utilisation: number, service: number): number {
  if (utilisation >= 1) return Number.POSITIVE_INFINITY
  return (utilisation * service) / (2 * (1 - utilisation))
}

/**
 * Seconds until a backlog is worked off while new requests go on coming. Infinite if they come as fast as they are served.
 * @param backlog requests
 * @param rate requests a second that go on coming
 * @param capacity requests a second
 */
export function timeToDrain(backlog: number, rate: number, capacity: number): number {
  if (backlog === 0) return 0
  return rate >= capacity ? Number.POSITIVE_INFINITY : backlog / (capacity - rate)
}
