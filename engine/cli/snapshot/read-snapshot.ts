import type { Client } from '../client.ts'
import { isObject, type JsonObject } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'
import { dataOf } from '../reply.ts'
import { objectOf } from '../secrets/secrets-list.ts'
import { isServedAuth, readAuthMount } from './read-auth-mount.ts'
import { readIdentity } from './read-identity.ts'
import { readSshMount } from './read-ssh-mount.ts'
import { requirePlain } from './require-plain.ts'
import type { Mount, Snapshot } from './snapshot.ts'
import { SourceReader } from './source-reader.ts'
import { textOf } from './text-of.ts'

/** Engines that every server has by itself. */
const BUILT_IN: ReadonlySet<string> = new Set(['system', 'identity', 'cubbyhole', 'ns_system'])

/**
 * Reads what a server has. Nothing is changed there.
 * @param name what the user calls the server, for errors
 * @throws {Failure} if it is sealed, does not answer, or does not accept the token
 */
export async function readSnapshot(
  client: Client,
  name: string,
  progress: (text: string) => void,
): Promise<Snapshot> {
  const clusterId = await clusterIdOf(client, name)
  await dataOf(`${name}: the token is not accepted`, client.read('auth/token/lookup-self'))
  const reader = new SourceReader(client, progress)
  const secrets = await mountsAt(reader, 'sys/mounts')
  const auths = await mountsAt(reader, 'sys/auth')
  return {
    clusterId,
    sshMounts: await eachInTurn(secrets.filter(isSsh), mount => readSshMount(reader, mount)),
    authMounts: await eachInTurn(auths.filter(isServed), mount => readAuthMount(reader, mount)),
    policies: await readPolicies(reader),
    ...(await readIdentity(reader, auths)),
    foreign: foreignOf(secrets, auths),
    // last, when all has been read
    unreadable: reader.unreadable,
  }
}

const isSsh = ({ type }: Mount): boolean => type === 'ssh'
const isServed = ({ type }: Mount): boolean => isServedAuth(type)

const foreignOf = (secrets: readonly Mount[], auths: readonly Mount[]): readonly Mount[] => [
  ...secrets.filter(mount => !isSsh(mount) && !BUILT_IN.has(mount.type)),
  ...auths
    .filter(mount => !isServed(mount))
    .map(mount => ({ ...mount, path: `auth/${mount.path}` })),
]

async function eachInTurn<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  for (const item of items) results.push(await work(item))
  return results
}

async function clusterIdOf(client: Client, name: string): Promise<string> {
  const state = await dataOf(`${name}: no seal status`, client.read('sys/seal-status'))
  if (typeof state.sealed !== 'boolean')
    throw new Failure(
      `${name}: unexpected response of the server: it does not say whether it is sealed`,
      EXIT.server,
    )
  if (state.sealed) throw new Failure(`${name} is sealed: unseal it first`, EXIT.server)
  if (typeof state.cluster_id === 'string' && state.cluster_id !== '') return state.cluster_id
  throw new Failure(
    `${name} does not say its cluster id, so it cannot be told from a copy of it`,
    EXIT.server,
  )
}

/** The mounts that a server lists, by path. @throws {Failure} if it has no list, or one with a path that cannot be */
async function mountsAt(reader: SourceReader, path: string): Promise<readonly Mount[]> {
  const data = await reader.data(path)
  if (!data && !reader.unreadable.includes(path))
    throw new Failure(
      `Error reading ${path}: unexpected response of the server: it has none`,
      EXIT.server,
    )
  const found = Object.entries(data ?? {}).flatMap(([mount, about]) =>
    isObject(about) ? [mountOf(mount, about)] : [],
  )
  requirePlain(
    path,
    found.map(mount => mount.path.replace(/\/$/, '')),
  )
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

const mountOf = (path: string, data: JsonObject): Mount => ({
  path,
  type: textOf(data.type),
  accessor: textOf(data.accessor),
  description: textOf(data.description),
  config: objectOf(data.config),
})

async function readPolicies(reader: SourceReader): Promise<ReadonlyMap<string, string>> {
  const found = await reader.all('sys/policies/acl')
  return new Map(
    [...found]
      .filter(([name]) => name !== 'root')
      .map(([name, data]) => [name, textOf(data.policy)] as const),
  )
}
