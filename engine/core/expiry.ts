import { setTimeout } from 'node:timers/promises'
import { findLease, overdueLeases, postpone } from '../lease/leases.ts'
import { transact } from '../storage/transact.ts'
import { overdueTokens } from '../token/tokens.ts'
import type { Core } from './core.ts'
import { revokeLease, revokeToken } from './revoke.ts'

const INTERVAL = 500
const BATCH = 1000

/** The longest wait before a failed revocation is tried again. */
const LONGEST_WAIT = 10 * 60_000

/** Revokes tokens and leases when their time has come, until it is disposed. */
export class Expiry {
  readonly #core: Core
  readonly #stop = new AbortController()
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
    while (!signal.aborted) {
      try {
        await expireOnce(this.#core)
      } catch (error) {
        this.#core.log.error({ error }, 'expiry failed; it will be tried again')
      }
      await setTimeout(INTERVAL, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }
}

/** Revokes what is overdue now. */
async function expireOnce(core: Core): Promise<void> {
  const { store, now } = core
  for (const hash of await transact(store, tx => overdueTokens(tx, now(), BATCH)))
    await revokeToken(core, hash)
  for (const id of await transact(store, tx => overdueLeases(tx, now(), BATCH))) {
    try {
      await revokeLease(core, id)
    } catch (error) {
      core.log.error({ lease: id, error }, 'lease could not be revoked; it will be tried again')
      await retryLater(core, id)
    }
  }
}

async function retryLater({ store, now }: Core, id: string): Promise<void> {
  await transact(store, async tx => {
    const lease = await findLease(tx, id)
    if (!lease) return
    const wait = Math.min(1000 * 2 ** lease.failures, LONGEST_WAIT)
    postpone(tx, lease, now().getTime() + wait)
  })
}
