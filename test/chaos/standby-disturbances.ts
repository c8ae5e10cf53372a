import { setTimeout as delay } from 'node:timers/promises'
import type { PostgresPair } from '../support/postgres-pair.ts'
import type { Routes } from './routes.ts'
import type { Disturbance } from './site.ts'

/** What may happen to a standby and its primary. */
export interface Replicated {
  readonly pair: PostgresPair
  readonly routes: Routes
}

/** What may happen to the standby, and to the primary so that the standby takes its place. */
export function standbyDisturbances(site: Replicated): Readonly<Record<string, Disturbance>> {
  /** Has the standby take over from a primary to which something happens, and the latter follow it later. */
  const failOver =
    (happens: (random: () => number) => Promise<unknown>): Disturbance =>
    async random => {
      const since = performance.now()
      await happens(random)
      // as a fence does, or whoever has two primaries
      site.routes.fence()
      await site.pair.promote()
      site.routes.follow()
      return { since, afterwards: () => rejoin(site, random) }
    }
  return {
    'standby killed': async () => {
      const since = performance.now()
      await site.pair.standby.kill()
      await site.pair.standby.resume()
      return { since }
    },
    'standby paused': async random => {
      site.pair.standby.pause()
      await delay(100 + random() * 1400)
      const since = performance.now()
      site.pair.standby.continue()
      return { since }
    },
    'network to the standby cut': async random => {
      site.pair.replication.cut()
      await delay(100 + random() * 1400)
      const since = performance.now()
      site.pair.replication.mend()
      return { since }
    },
    'wait for the standby cancelled': async random => {
      site.pair.replication.cut()
      await delay(50 + random() * 400)
      await site.pair.primary.ask(CANCEL)
      await delay(random() * 200)
      const since = performance.now()
      site.pair.replication.mend()
      return { since }
    },
    'primary killed, fail-over': failOver(() => site.pair.primary.kill()),
    'primary paused, fail-over': failOver(random => {
      site.pair.primary.pause()
      return delay(random() * 1000)
    }),
    'primary cut off, fail-over': failOver(random => {
      for (const link of [site.pair.replication, ...site.routes.links]) link.cut()
      return delay(random() * 1000)
    }),
    'primary killed while cut off from the standby, fail-over': failOver(async random => {
      site.pair.replication.cut()
      await delay(random() * 500)
      await site.pair.primary.kill()
    }),
    'wait for the standby cancelled, primary killed, fail-over': async random => {
      const disturbed = await failOver(async () => {
        site.pair.replication.cut()
        await delay(50 + random() * 400)
        await site.pair.primary.ask(CANCEL)
        await delay(random() * 500)
        await site.pair.primary.kill()
      })(random)
      return { ...disturbed, isTakenBack: true }
    },
    'primary stopped, switch-over': failOver(() => site.pair.primary.stop('SIGINT')),
  }
}

/** The former primary goes on for a while, if it still runs, and then follows the new one. */
async function rejoin({ pair, routes }: Replicated, random: () => number): Promise<void> {
  routes.unfence()
  pair.standby.continue()
  await delay(random() * 300)
  pair.replication.mend()
  await pair.rejoin()
}

/** Shows commits that only the primary has. */
const CANCEL =
  "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep' and pid <> pg_backend_pid()"
