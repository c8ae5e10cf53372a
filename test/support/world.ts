import { randomUUID } from 'node:crypto'
import type { Engine } from '../../engine/api/engine.ts'
import type { Operation, Request } from '../../engine/api/request.ts'
import { Audit } from '../../engine/audit/audit.ts'
import type { DeclaredDevice } from '../../engine/audit/audit-options.ts'
import { keepNames } from '../../engine/core/background/keep-names.ts'
import type { Core } from '../../engine/core/core.ts'
import { Mounts, newMount } from '../../engine/core/mounts.ts'
import { serve } from '../../engine/core/request/serve.ts'
import { engines as allEngines } from '../../engine/engines.ts'
import { Limits } from '../../engine/limit/limits.ts'
import { Metrics } from '../../engine/metric/metrics.ts'
import { Policies } from '../../engine/policy/policies.ts'
import { Sealing } from '../../engine/seal/sealing.ts'
import { StorageIdentity } from '../../engine/seal/storage-identity.ts'
import { HostSessions } from '../../engine/ssh/dynamic/host-sessions.ts'
import { Barrier } from '../../engine/storage/barrier.ts'
import { MemoryStore } from '../../engine/storage/memory.ts'
import type { Store } from '../../engine/storage/store.ts'
import { found } from '../../engine/sys/seal/bootstrap.ts'
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
}

/** A whole engine in this process without HTTP, with `ssh/` mounted, a root token and a clock that tests may move. */
export async function world({
  store: inner = new MemoryStore(),
  devices = [],
  engines = [],
  limits = new Limits(),
  sealKeys,
  isFound = false,
}: Options = {}) {
  const clock = { now: new Date('2026-01-01T00:00:00Z') }
  const silent = { info() {}, warn() {}, error() {} }
  const store = new Barrier(inner)
  const mounts: Mounts = new Mounts(
    store,
    () => [...allEngines(core, new HostSessions()), ...engines],
    {
      defaultTtl: 2_764_800,
      maxTtl: 2_764_800,
    },
  )
  const sealing = new Sealing({
    store: inner,
    barrier: store,
    identity: new StorageIdentity({ store: inner, memory: undefined, cannotKeep() {} }),
    sealKeys,
    async found(tx) {
      await mounts.put(tx, newMount('ssh/', 'ssh'))
      return found(tx, { mounts, now: clock.now, token: new Secret(ROOT) })
    },
    async open() {
      await keepNames(core)
      await mounts.reload()
      return { async [Symbol.asyncDispose]() {} }
    },
  })
  const core: Core = {
    store,
    sealing,
    mounts,
    audit: new Audit(store, { declared: devices, cluster: () => '', log: silent }),
    now: () => clock.now,
    policies: new Policies(),
    limits,
    metrics: new Metrics(),
    log: silent,
    about: { version: '0.0.0', clusterName: 'test', clusterId: '', storageType: 'inmem' },
  }
  const shares = isFound ? [] : (await sealing.initialize({ shares: 1, threshold: 1 })).shares
  if (isFound) await sealing.unsealAlone()
  for (const share of shares) await sealing.offer(Buffer.from(share))

  async function ask(
    operation: Operation,
    path: string,
    data: object = {},
    token = ROOT,
    more: Partial<Request> = {},
  ) {
    const { status, body } = await serve(core, {
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
    return { status, body } as Answer
  }

  return {
    core,
    store,
    shares,
    ask,
    post: (path: string, data: object = {}, token?: string) => ask('update', path, data, token),
    get: (path: string, token?: string) => ask('read', path, {}, token),
    pass: (seconds: number) => {
      clock.now = new Date(clock.now.getTime() + seconds * 1000)
    },
  }
}
