import { setTimeout as delay } from 'node:timers/promises'
import type { Node } from '../system/cluster/cluster.ts'
import type { Finding } from './history.ts'
import { inspect } from './inspect.ts'
import type { Ledger } from './ledger.ts'
import { issue, Load, type Target } from './load.ts'
import type { Site } from './site.ts'

/** Changes that are acknowledged before something is disturbed, and milliseconds to wait for them. */
const ENOUGH = 30
const PATIENCE = 120_000
/** Milliseconds of load afterwards, before everything is looked at. */
const AFTERWARDS = 100

export interface Round {
  readonly acknowledged: number
  readonly unknown: number
  /** Milliseconds until all nodes served again. */
  readonly served: number
  readonly findings: readonly Finding[]
}

/** Puts a site under load, disturbs it, waits until it serves again, and looks at all that it has acknowledged. */
export async function round(
  site: Site,
  disturbance: string,
  target: Target & { readonly clients: number },
): Promise<Round> {
  const { ledger, random, clients } = target
  ledger.forget()
  const load = new Load(target, clients)
  let served: number
  try {
    await until(() => ledger.acknowledged >= ENOUGH)
    await delay(random() * 200)
    const disturbed = await site.disturbances[disturbance]?.(random)
    ledger.isTakenBack ||= disturbed?.isTakenBack ?? false
    const serving = () => Promise.all(site.nodes.map(node => untilServed(node, ledger)))
    await serving()
    served = performance.now() - (disturbed?.since ?? Number.NaN)
    await disturbed?.afterwards?.()
    await serving()
    await delay(AFTERWARDS)
  } finally {
    await load.stop()
  }
  await inspect(target)
  const { acknowledged, unknown, findings } = ledger
  return { acknowledged, unknown, served, findings }
}

/** Has a node issue passwords until it does. @throws {Error} if it does not come to that */
async function untilServed(node: Node, ledger: Ledger): Promise<void> {
  const late = performance.now() + PATIENCE
  while (!(await issue(node, ledger))) {
    if (performance.now() > late) {
      ledger.find([{ kind: 'other', what: 'a node does not serve again' }], 'ssh/creds/web')
      throw new Error(node.log)
    }
    await delay(10)
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const late = performance.now() + PATIENCE
  while (!isSo()) {
    if (performance.now() > late) throw new Error('the load makes no progress')
    await delay(5)
  }
}
