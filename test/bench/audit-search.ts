import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { statSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Entry } from '../../engine/audit/entry.ts'
import { auditFile } from '../support/audit-file.ts'
import { testEngine } from '../support/test-engine.ts'
import type { Row } from './table.ts'
import { medianTime } from './timed.ts'

/** Some 1160 bytes each; a million make 1.1 GiB. */
const LINES = Number(process.env.POSTERN_BENCH_AUDIT_LINES ?? 100_000)
const BATCH = 1000
/** Milliseconds between two lines. */
const EVERY = 100
const USERS = 1000

type Engine = Awaited<ReturnType<typeof testEngine>>

/** Searches of a large audit log beside grep, how long it takes until it is verified, and what other requests notice of both. */
export async function auditSearchRows(): Promise<readonly Row[]> {
  using log = auditFile()
  const engine = await testEngine({ devices: [log.device] })
  await fill(engine)
  const reference = await grepped(log.file)
  const row = (name: string, amount: number): Row => ({
    ...{ name, amount, unit: 'ms', ratio: amount / reference, aim: undefined },
  })
  const size = Math.round(statSync(log.file).size / 2 ** 20)
  const rows = [
    row(`grep in an audit log of ${LINES} lines, ${size} MiB`, reference),
    row('  the first page of a search', await searched(engine, {}, 1)),
    row('  until the log is verified', await verified(engine)),
  ]
  using delay = eventLoop()
  for (const [what, query] of searches()) rows.push(row(`  ${what}`, await searched(engine, query)))
  rows.push(row('  longest pause of the event loop meanwhile', delay.max))
  await engine.core.sealing[Symbol.asyncDispose]()
  return rows
}

/** Milliseconds in which grep finds nothing, with the file in the cache of the system. */
const grepped = (file: string): Promise<number> =>
  medianTime(3, async () => spawnSync('grep', ['-c', '-F', 'nobody', file]))

const searches = () =>
  [
    ['a user who is in no line', { by: 'nobody' }],
    ['one client, in the whole log', { client: '10.0.3.7' }],
    ['one user, in the last ten minutes', { by: 'userpass-user7', since: ago(600_000) }],
    ['failed requests', { outcome: 'failed' }],
  ] as const

const ago = (milliseconds: number) => new Date(Date.now() - milliseconds).toISOString()

function eventLoop() {
  const histogram = monitorEventLoopDelay({ resolution: 5 })
  histogram.enable()
  return {
    get max() {
      return histogram.max / 1e6
    },
    [Symbol.dispose]: () => histogram.disable(),
  }
}

/** Milliseconds for all pages of a search, or for so many. */
async function searched({ post }: Engine, query: object, pages = Infinity): Promise<number> {
  const begun = performance.now()
  for (let [page, after] = [0, ''] as [number, string | undefined]; after !== undefined; page++) {
    if (page >= pages) break
    const { status, body } = await post('sys/audit-search/file', { ...query, limit: 1000, after })
    if (status !== 200) throw new Error(`a search was answered with ${status}`)
    after = body.data.next
  }
  return performance.now() - begun
}

async function verified({ post }: Engine): Promise<number> {
  const begun = performance.now()
  for (;;) {
    const { chain } = (await post('sys/audit-search/file', { limit: 1 })).body.data
    if (chain.state === 'verified') return performance.now() - begun
    if (chain.state !== 'verifying') throw new Error(`${chain.state}: ${chain.problem}`)
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

async function fill({ core }: Engine): Promise<void> {
  const device = await core.audit.device('file/')
  for (let at = 0; at < LINES; at += BATCH)
    await Promise.all(Array.from({ length: BATCH }, (_, each) => device?.write(entry(at + each))))
}

const entry =
  (at: number): Entry =>
  () => ({
    time: ago((LINES - at) * EVERY),
    type: at % 2 === 0 ? 'request' : 'response',
    auth: {
      client_token: `hmac-sha256:${'a'.repeat(64)}`,
      accessor: randomUUID(),
      display_name: `userpass-user${at % USERS}`,
      policies: ['default', 'web'],
      entity_id: randomUUID(),
    },
    request: {
      id: randomUUID(),
      operation: 'update',
      path: at % 10 === 0 ? 'ssh/verify' : 'ssh/creds/web',
      remote_address: `10.0.${(at >> 8) & 255}.${at & 255}`,
      data: { note: 'x'.repeat(480) },
    },
    response: { data: { username: 'ubuntu', ip: '10.1.2.3', role_name: 'web' } },
    outcome: at % 100 === 1 ? 'denied' : 'ok',
  })
