import { availableParallelism, release, totalmem } from 'node:os'
import type { Client } from '../client.ts'
import { isObject, type Json, type JsonObject } from '../envelope.ts'
import { textsOf } from '../print-init.ts'
import { objectOf } from '../secrets/secrets-list.ts'
import type { ArchivedFile } from './tar.ts'

/** One part of the bundle: a file, and how its contents are got. */
export interface Part {
  readonly name: string
  readonly contents: () => Promise<string>
}

/** Keys of a mount that are shown. Descriptions and options are texts of operators, which may be anything. */
const OF_MOUNT = [
  'type',
  'local',
  'seal_wrap',
  'config',
  'plugin_version',
  'running_plugin_version',
]
const OF_MOUNT_CONFIG = [
  'default_lease_ttl',
  'max_lease_ttl',
  'force_no_cache',
  'listing_visibility',
  'token_type',
]
const OF_SEAL = [
  'type',
  'initialized',
  'sealed',
  't',
  'n',
  'progress',
  'version',
  'build_date',
  'migration',
  'cluster_name',
  'storage_type',
]
const OF_HEALTH = ['initialized', 'sealed', 'standby', 'server_time_utc', 'version', 'cluster_name']

/** What the server is asked for. No request returns a secret, and of the replies only what can be none is kept. */
export const serverParts = (client: Client): readonly Part[] => [
  json('seal-status.json', async () => picked(await body(client, 'sys/seal-status'), OF_SEAL)),
  json('health.json', async () => picked(await body(client, 'sys/health'), OF_HEALTH)),
  json('config.json', async () => dataOf(await body(client, 'sys/config/state/sanitized'))),
  json('mounts.json', async () => mountsIn(dataOf(await body(client, 'sys/mounts')))),
  json('auth.json', async () => mountsIn(dataOf(await body(client, 'sys/auth')))),
  json('audit.json', async () => typesIn(dataOf(await body(client, 'sys/audit')))),
  json('policies.json', () => namesAt(client, 'sys/policies/acl')),
  json('failed-leases.json', async () => dataOf(await body(client, 'sys/leases/count'))),
  json('roles.json', () => rolesOf(client)),
  { name: 'metrics.txt', contents: () => text(client, 'sys/metrics') },
]

/** What is known here. Of the environment only names: its values may be tokens. */
export const machinePart = (
  environment: Readonly<Record<string, string | undefined>>,
  version: string,
): Part =>
  json('machine.json', async () => ({
    postern: version,
    node: process.version,
    platform: process.platform,
    architecture: process.arch,
    kernel: release(),
    processors: availableParallelism(),
    memory_bytes: totalmem(),
    environment: Object.keys(environment)
      .filter(name => /^(?:POSTERN|VAULT|BAO)_\w+$/.test(name))
      .sort(),
  }))

/** The files of the parts, and of each that could not be got the reason. */
export async function collect(
  parts: readonly Part[],
  told: (name: string) => void,
): Promise<{
  readonly files: readonly ArchivedFile[]
  readonly missing: Readonly<Record<string, string>>
}> {
  const files: ArchivedFile[] = []
  const missing: Record<string, string> = {}
  for (const { name, contents } of parts) {
    told(name)
    try {
      files.push({ name, contents: await contents() })
    } catch (error) {
      if (!(error instanceof Error)) throw error
      // it may have what a proxy has answered
      missing[name] = error.message.replace(TOKEN, '(left out)')
    }
  }
  return { files, missing }
}

/** Tokens of this engine and of Vault, also in the form that they had before 2022. */
const TOKEN = /\b(?:hv[sbr]\.[\w-]+|[sbr]\.[A-Za-z0-9]{24,})/g

const json = (name: string, work: () => Promise<Json>): Part => ({
  name,
  contents: async () => `${JSON.stringify(await work(), null, 2)}\n`,
})

async function text(client: Client, path: string): Promise<string> {
  const found = await client.readText(path)
  if (found === undefined) throw new Error(`${path} is not there`)
  return found
}

async function body(client: Client, path: string): Promise<JsonObject> {
  const parsed = JSON.parse(await text(client, path)) as Json
  if (isObject(parsed)) return parsed
  throw new Error(`unexpected response of the server for ${path}`)
}

const dataOf = (reply: JsonObject): JsonObject => objectOf(reply.data)

const picked = (all: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.flatMap(name => (all[name] === undefined ? [] : [[name, all[name]]])))

const mountsIn = (mounts: JsonObject): JsonObject =>
  mapped(mounts, mount => ({
    ...picked(mount, OF_MOUNT),
    config: picked(objectOf(mount.config), OF_MOUNT_CONFIG),
  }))

const typesIn = (devices: JsonObject): JsonObject =>
  mapped(devices, device => picked(device, ['type', 'local']))

const mapped = (all: JsonObject, one: (each: JsonObject) => JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(all).flatMap(([name, each]) => (isObject(each) ? [[name, one(each)]] : [])),
  )

async function namesAt(client: Client, path: string): Promise<readonly string[]> {
  const envelope = await client.list(path)
  return textsOf(envelope?.data?.keys)
}

/** The names of the roles of each SSH mount. */
async function rolesOf(client: Client): Promise<JsonObject> {
  const found: Record<string, Json> = {}
  for (const [path, mount] of Object.entries(dataOf(await body(client, 'sys/mounts'))))
    if (objectOf(mount).type === 'ssh') found[path] = await namesAt(client, `${path}roles`)
  return found
}
