import { setTimeout } from 'node:timers/promises'
import { overdueLeases } from '../../lease/leases.ts'
import { Sealed } from '../../storage/sealed.ts'
import { transact } from '../../storage/transact.ts'
import { overdueTokens } from '../../token/tokens.ts'
import type { Core } from '../core.ts'
import { inParallel } from './in-parallel.ts'
import { loadQuotas } from './load-quotas.ts'
import { maintain } from './maintain.ts'
import { reportDamaged } from './report-damaged.ts'
import { reportLost } from './report-lost.ts'
import { restoreExpiryIndex } from './restore-expiry-index.ts'
import { revokeToken, tryRevoke } from './revoke.ts'
import { finishUnmount, unmount } from './unmount.ts'

const INTERVAL = 500
const BATCH = 1000
const MAINTENANCE = 60_000

const STRAY =
  'a lease that is due was deleted from the storage, and not by the engine: its key may still be on a host'

const TOKENS_AT_ONCE = 8
const LEASES_AT_ONCE = 32
/** Milliseconds that the loop waits for revocations before it continues beside them. */
const REVOCATION_WAIT = 2000

/** Revokes expired tokens and leases until it is disposed of. */
export class Housekeeping {
  readonly #core: Core
  readonly #stop = new AbortController()
  readonly #underWay = new Set<string>()
  readonly #done: Promise<void>

  constructor(core: Core) {
    this.#core = core
    this.#done = this.#loop()
  }

  async [Symbol.asyncDispose]() {
    this.#stop.abort()
    await this.#done
  }

  async #loop() {
    const { signal } = this.#stop
    await resumeUnmounts(this.#core)
    let maintainedAt = performance.now()
    while (!signal.aborted) {
      try {
        await this.#core.storeClock?.look()
        const isClockRight = !this.#core.storeClock?.isOff
        if (isClockRight && performance.now() - maintainedAt >= MAINTENANCE) {
          maintainedAt = performance.now()
          await maintain(this.#core)
          await restoreExpiryIndex(this.#core)
        }
        // another node may have changed them
        await loadQuotas(this.#core)
        if (await this.#expire()) continue
      } catch (error) {
        // sealing does not wait for revocations in progress
        if (!(error instanceof Sealed))
          this.#core.log.error({ error }, 'expiry failed; it will be tried again')
      }
      // jitter, so that nodes that started together do not do the same work at the same time
      const pause = INTERVAL * (0.5 + Math.random())
      await setTimeout(pause, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  /** Returns whether there is more to revoke. A node whose clock is wrong revokes nothing: it would do so for all nodes. */
  async #expire(): Promise<boolean> {
    if (!this.#core.storeClock?.isOff)
      return expireOnce(this.#core, this.#underWay, this.#stop.signal)
    await this.#core.mounts.refresh()
    return false
  }
}

/** Resumes removals of mounts that a crash has interrupted. */
async function resumeUnmounts(core: Core): Promise<void> {
  for (const mount of core.mounts.all.filter(({ leaving }) => leaving))
    await unmount(core, mount).catch(error => {
      if (!(error instanceof Sealed))
        core.log.error({ mount: mount.path, error }, 'mount could not be removed yet')
    })
}

/** In a different order on every node, so that they seldom revoke the same lease at the same time. */
const shuffled = <T>(items: readonly T[]): readonly T[] =>
  items
    .map(item => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)

/**
 * Revokes what is overdue now, and returns whether there is more. Slow revocations continue in the background: a host that does not
 * answer must not delay other leases.
 * @param underWay what is being revoked; the caller passes the same set every time
 * @param signal no other revocation begins once it is aborted
 */
export async function expireOnce(
  core: Core,
  underWay = new Set<string>(),
  signal?: AbortSignal,
): Promise<boolean> {
  const { store, mounts, now } = core
  const begin = async (ids: readonly string[], width: number, end: Ending) => {
    const fresh = ids.filter(id => !underWay.has(id))
    await Promise.race([
      inTurn(core, shuffled(fresh), { width, end: endUnlessStopped(end), underWay }),
      waitLimit(),
    ])
    return fresh.length
  }
  const endUnlessStopped =
    (end: Ending): Ending =>
    async id =>
      signal?.aborted || end(id)
  const damage = new Set<string>()
  const query = { now: now(), limit: BATCH, damaged: (id: string) => void damage.add(id) }
  const tokens = await transact(store, tx => overdueTokens(tx, query))
  const ended = await begin(tokens, TOKENS_AT_ONCE, hash => revokeToken(core, hash))
  const strays = new Set<string>()
  const stray = (id: string) => void strays.add(id)
  const leases = await transact(store, tx => overdueLeases(tx, { ...query, stray }))
  for (const id of strays) core.log.error({ lease: id }, STRAY)
  reportDamaged(core, damage)
  const revoked = await begin(leases, LEASES_AT_ONCE, id => tryRevoke(core, id))
  await mounts.refresh()
  reportLost(core)
  for (const mount of mounts.all.filter(({ leaving }) => leaving)) await finishUnmount(core, mount)
  return ended === BATCH || revoked === BATCH
}

type Ending = (id: string) => Promise<unknown>

const waitLimit = () => setTimeout(REVOCATION_WAIT, undefined, { ref: false })

/** Revokes these, `width` at a time. Does not reject, since the caller may no longer wait for it. */
async function inTurn(
  core: Core,
  ids: readonly string[],
  {
    width,
    end,
    underWay,
  }: { readonly width: number; readonly end: Ending; readonly underWay: Set<string> },
): Promise<void> {
  for (const id of ids) underWay.add(id)
  try {
    await inParallel(ids, width, id => end(id).finally(() => underWay.delete(id)))
  } catch (error) {
    // sealing does not wait for revocations in progress
    if (!(error instanceof Sealed))
      core.log.error({ error }, 'expiry failed; it will be tried again')
  } finally {
    for (const id of ids) underWay.delete(id)
  }
}
