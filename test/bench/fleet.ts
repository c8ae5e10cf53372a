import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { putHost } from '../../engine/ssh/host/hosts.ts'
import { SeenHosts } from '../../engine/ssh/host/seen-hosts.ts'
import { SqliteStore } from '../../engine/storage/sqlite.ts'
import { type Tx, transact } from '../../engine/storage/transact.ts'
import { testEngine } from '../support/test-engine.ts'
import { type CountedStore, countedStore } from './counted-store.ts'
import type { Row } from './table.ts'
import { medianTime } from './timed.ts'

const HOSTS = 100_000
/** Hosts that one transaction writes. */
const BATCH = 2000
const ROUNDS = 15
const MINUTES = 60
/** Milliseconds that a node writes in one minute, as `maintain` of the engine: what is left waits for the next. Here of processor time. */
const LONGEST = 2000
const GROUPS = 100

type Engine = Awaited<ReturnType<typeof testEngine>>

/** An inventory of 100 000 hosts in SQLite: pages of it, hosts found by name, address and group, and an hour of what its hosts tell. */
export async function fleetRows(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
  try {
    const store = countedStore(await SqliteStore.open(join(folder, 'data')))
    const engine = await testEngine({ store })
    try {
      await fill(engine)
      const rows = await inventoryRows(engine)
      return [...rows, ...(await heartbeatRows(engine, store))]
    } finally {
      await engine.core.sealing[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const nameOf = (at: number) => `web-${String(at).padStart(6, '0')}`
const addressOf = (at: number) => `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`

/** The mount as an engine sees it: its part of a transaction. */
function place({ core }: Engine, tx: Tx) {
  const mount = core.mounts.all.find(({ path }) => path === 'ssh/')
  if (!mount) throw new Error('there is no mount')
  return { tx: core.mounts.scope(tx, mount), mount: core.mounts.view(mount) }
}

async function fill(engine: Engine): Promise<void> {
  for (let at = 0; at < HOSTS; at += BATCH)
    await transact(engine.core.store, async tx => {
      const own = place(engine, tx)
      for (let each = at; each < at + BATCH; each++)
        await putHost(own, {
          name: nameOf(each),
          publicKey: `ed25519:${Buffer.alloc(32, each % 256).toString('base64')}`,
          addresses: [addressOf(each)],
          groups: [`group-${each % GROUPS}`],
        })
    })
}

async function inventoryRows({ ask, get }: Engine): Promise<readonly Row[]> {
  const list = (data: object) => ask('list', 'ssh/hosts/', data)
  const kinds = [
    ['a host by its name', 1, () => get(`ssh/hosts/${nameOf(random())}`)],
    ['  by its address', 1, () => list({ address: addressOf(random()) })],
    ['  the first page of 1000', 1000, () => list({ limit: 1000 })],
    ['  a page of 1000 in the middle', 1000, () => list({ limit: 1000, after: nameOf(HOSTS / 2) })],
    ['  a page of 100', 100, () => list({ limit: 100, after: nameOf(random()) })],
    ['  a group of 1000', 1000, () => list({ group: 'group-7' })],
  ] as const
  const rows: Row[] = []
  for (const [name, count, work] of kinds) {
    const amount = await medianTime(ROUNDS, async () => {
      const { status, body } = await work()
      const found = body.data.keys?.length ?? 1
      if (status !== 200 || Math.abs(found - count) > 1)
        throw new Error(`${name}: ${status}, ${found} hosts`)
    })
    rows.push({
      name,
      amount,
      unit: 'ms',
      ratio: amount / (rows[0]?.amount ?? amount),
      aim: undefined,
    })
  }
  return rows
}

const random = () => Math.floor(Math.random() * (HOSTS - 1001))

/** Every host asks every minute, as its timers do, and the node writes once a minute what is due. An hour by the clock that is passed on. */
async function heartbeatRows(engine: Engine, store: CountedStore): Promise<readonly Row[]> {
  const seen = new SeenHosts()
  const begin = engine.core.now().getTime()
  const empty = memory()
  const before = { ...store.counts }
  let noting = 0
  const writing: number[] = []
  for (let minute = 0; minute < MINUTES; minute++) {
    noting += await processorTime(async () => {
      for (let at = 0; at < HOSTS; at++) note(seen, at, begin + (minute + at / HOSTS) * 60_000)
    })
    const end = new Date(begin + (minute + 1) * 60_000)
    writing.push(await processorTime(() => write(engine, seen, end)))
  }
  const { commits, writes } = store.counts
  const perSecond = (count: number) => count / (MINUTES * 60)
  const held = memory() - empty
  const row = (name: string, amount: number, unit: string, aim?: string): Row => ({
    ...{ name, amount, unit, aim },
    ratio: amount / perSecond(HOSTS * MINUTES),
  })
  return [
    row(`${HOSTS} hosts ask every minute`, perSecond(HOSTS * MINUTES), '/s'),
    row('  rows written', perSecond(writes - before.writes), '/s', '<= 0.2'),
    row('  durable commits', perSecond(commits - before.commits), '/s'),
    row('  to note one request, CPU', (noting * 1000) / (HOSTS * MINUTES), 'us'),
    row('  to write, of each minute, CPU', writing.reduce((a, b) => a + b) / MINUTES, 'ms'),
    row('  the same, in the longest', Math.max(...writing), 'ms'),
    row('  memory', held, 'MiB'),
    row('  memory for a host', (held * 1024) / HOSTS, 'KiB'),
  ]
}

function note(seen: SeenHosts, at: number, time: number): void {
  const report = `{"helper_version":"0.1.0","verify_keys_version":1,"krl_version":1,"krl_age":${at % 60},"trust_age":${at % 3600},"check":"ok","check_age":60}`
  const notice = {
    name: nameOf(at),
    address: addressOf(at),
    report,
    values: { clock_skew: at % 3 },
  }
  seen.note('ssh', new Date(time), notice)
}

async function write(engine: Engine, seen: SeenHosts, now: Date): Promise<void> {
  const before = process.cpuUsage()
  const once = () =>
    transact(engine.core.store, tx => {
      const own = place(engine, tx)
      return seen.write({ ...own, mount: { ...own.mount, id: 'ssh' }, now })
    })
  while ((await once()) && processorTimeSince(before) < LONGEST);
}

/** MiB of objects that are in use. */
function memory(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed / 1024 / 1024
}

/** Milliseconds of all threads: other programs on the machine do not change it much. */
async function processorTime(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  return processorTimeSince(before)
}

function processorTimeSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
