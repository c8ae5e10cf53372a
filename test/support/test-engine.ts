import { randomUUID } from 'node:crypto'
import type { Engine } from '../../engine/api/engine.ts'
import type { Operation, Request } from '../../engine/api/request.ts'
import type { DeclaredDevice } from '../../engine/audit/audit-options.ts'
import { compose } from '../../engine/compose.ts'
import { newMount } from '../../engine/core/mounts.ts'
import { serve } from '../../engine/core/request/serve.ts'
import { Limits } from '../../engine/limit/limits.ts'
import { MemoryStore } from '../../engine/storage/memory.ts'
import type { Store } from '../../engine/storage/store.ts'
import { transact } from '../../engine/storage/transact.ts'
import { Secret } from '../../shared/secret.ts'

export const ROOT = 'root'

/** An answer as tests look at it. */
export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests read replies of every shape
  readonly body: any
}

interface Options {
  readonly store?: Store
  readonly devices?: readonly DeclaredDevice[]
  readonly engines?: readonly Engine[]
  readonly limits?: Limits
  /** With which it unseals itself. */
  readonly sealKeys?: readonly Buffer[]
  /** The store has been initialized with these seal keys. */
  readonly isFound?: boolean
  /** Takes the warnings of the engine's log. */
  readonly warn?: (facts: object, message: string) => void
}

/** A whole engine in this process without HTTP, with `ssh/` mounted, a root token and a clock that tests may move. */
export async function testEngine({
  store: inner = new MemoryStore(),
  devices = [],
  engines = [],
  limits = new Limits(),
  sealKeys,
  isFound = false,
  warn = () => {},
}: Options = {}) {
  const clock = { now: new Date('2026-01-01T00:00:00Z') }
  const { core, sealing } = compose({
    store: inner,
    storageType: 'inmem',
    lifetimes: { defaultTtl: 2_764_800, maxTtl: 2_764_800 },
    audit: devices,
    sealKeys,
    rootToken: new Secret(ROOT),
    now: () => clock.now,
    log: { info() {}, warn, error() {} },
    limits,
    more: engines,
    withoutHousekeeping: true,
  })
  const shares = isFound ? [] : (await sealing.initialize({ shares: 1, threshold: 1 })).shares
  if (isFound) await sealing.unsealAlone()
  for (const share of shares) await sealing.offer(Buffer.from(share))
  if (!isFound) {
    await transact(core.store, tx => core.mounts.put(tx, newMount('ssh/', 'ssh')))
    await core.mounts.reload()
  }

  /** With what clients do not see: the event, the headers. */
  const respond = (
    operation: Operation,
    path: string,
    data: object = {},
    token = ROOT,
    more: Partial<Request> = {},
  ) =>
    serve(core, {
      id: randomUUID(),
      operation,
      path,
      data: { ...data },
      token: token === '' ? undefined : new Secret(token),
      client: { address: '192.0.2.1', port: 4242 },
      correlation: undefined,
      wrapTtl: undefined,
      ...more,
    })

  async function ask(...request: Parameters<typeof respond>) {
    const { status, body } = await respond(...request)
    return { status, body } as Answer
  }

  return {
    core,
    store: core.store,
    shares,
    respond,
    ask,
    post: (path: string, data: object = {}, token?: string) => ask('update', path, data, token),
    get: (path: string, token?: string) => ask('read', path, {}, token),
    pass: (seconds: number) => {
      clock.now = new Date(clock.now.getTime() + seconds * 1000)
    },
  }
}
