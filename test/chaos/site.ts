import { randomBytes } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Node } from '../system/cluster/cluster.ts'

/** The storages that can be chosen. */
export const STORAGES = ['sqlite', 'postgresql', 'standby', 'hosts'] as const
export type StorageName = (typeof STORAGES)[number]

/** What a disturbance leaves to be done. */
export interface Disturbed {
  /** The moment, by performance.now(), from which it is counted how long until all nodes serve again: that of a kill, or the end of a pause or cut. */
  readonly since: number
  /** Whether requests may have seen commits that are lost now, as their wait for the standby was cancelled. */
  readonly isTakenBack?: boolean
  /** Puts the rest in order, once all nodes serve again. */
  readonly afterwards?: () => Promise<void>
}

/** Does its harm to a site under load, and what an operator or a service manager would do about it. */
export type Disturbance = (random: () => number) => Promise<Disturbed>

/** Engines and their storage, in a folder of their own, which can be disturbed. */
export interface Site extends AsyncDisposable {
  readonly folder: string
  readonly nodes: readonly Node[]
  readonly disturbances: Readonly<Record<string, Disturbance>>
  /** Of the database. */
  readonly version: string
}

export const PROGRAM = join(import.meta.dirname, '../../dist/postern')

/** A folder for a site, with a seal key. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-chaos-'))
  writeFileSync(join(folder, 'seal.key'), randomBytes(32).toString('hex'), { mode: 0o600 })
  return folder
}

/** Milliseconds until a node that was started has unsealed itself, and until it is no use to wait longer. */
const PATIENCE = 120_000

/** Starts the engines, initializes them through the first, and makes all that the load works on. */
export async function furnish(nodes: readonly Node[]): Promise<void> {
  const [first] = nodes as readonly [Node]
  await Promise.all(nodes.map(node => node.start()))
  const { root_token: token } = await first.must('POST', 'sys/init', {})
  for (const node of nodes) {
    node.token = token
    await node.ready()
    // one source that makes mistakes by the thousand
    await insist(() => node.must('POST', 'sys/quotas/rate-limit/tests', { rate: 1e9 }))
  }
  await first.must('POST', 'sys/mounts/ssh', { type: 'ssh' })
  await first.must('POST', 'ssh/config/ca', { key_type: 'ed25519' })
  for (const [name, role] of Object.entries(ROLES))
    await first.must('POST', `ssh/roles/${name}`, role)
}

const ROLES = {
  web: { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8', ttl: '6h' },
  ops: {
    key_type: 'ca',
    allow_user_certificates: true,
    default_user: 'ubuntu',
    allowed_users: 'ubuntu',
    ttl: '1h',
  },
}

/** Writes the configuration of an engine that unseals itself, and records everything. @param address where it listens, which no other site uses */
export function writeConfig(
  folder: string,
  name: string,
  { address, storage, workers = 0 }: { address: string; storage: string; workers?: number },
): string {
  const file = join(folder, `${name}.toml`)
  const text = `${workers > 0 ? `workers = ${workers}` : ''}
log_level = "info"
[listener]
address = "${address}:0"
tls_disable = true
[storage]
cluster_id = "new"
${storage}
[seal]
type = "file"
path = "${join(folder, 'seal.key')}"
[[audit]]
file_path = "${join(folder, `${name}-audit.log`)}"
`
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

/** Does something until it succeeds: a worker may still be sealed when another serves. */
async function insist<T>(what: () => Promise<T>): Promise<T> {
  const late = performance.now() + PATIENCE
  for (;;) {
    try {
      return await what()
    } catch (error) {
      if (performance.now() > late) throw error
      await delay(200)
    }
  }
}

/** Starts a node again that was ended or is being ended, however often its start is refused because the database is not there yet. */
export const startAgain = (node: Node): Promise<void> =>
  insist(async () => {
    // one that is only slow to start must not go on beside the next
    await node.stop('SIGKILL')
    await node.start()
  })
