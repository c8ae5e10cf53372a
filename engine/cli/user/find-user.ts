import type { Client } from '../client.ts'
import { isList, isObject, type JsonObject } from '../envelope.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { textsOf } from '../print-init.ts'
import { objectOf } from '../secrets/secrets-list.ts'
import { valueText } from '../value-text.ts'

/** A user or machine as the engine knows it. */
export interface User {
  readonly id: string
  readonly name: string
  /** Its own id, and those of the entities that were merged into it. */
  readonly ids: readonly string[]
  /** Names in auth methods. */
  readonly aliases: readonly Alias[]
}

interface Alias {
  readonly name: string
  readonly accessor: string
}

/** An auth method that users log in with. */
export interface Method {
  readonly path: string
  readonly accessor: string
  readonly type: string
}

/** The auth methods that are mounted, but for tokens. */
export async function loginMethods(client: Client): Promise<readonly Method[]> {
  const reply = await during('Error listing auth methods', client.read('sys/auth'))
  return Object.entries(reply?.data ?? {}).flatMap(([path, mount]) => {
    const { type, accessor } = objectOf(mount)
    return type === 'token' || typeof accessor !== 'string'
      ? []
      : [{ path, accessor, type: valueText(type ?? '') }]
  })
}

/**
 * Finds a user by the name or id of the entity, or else by the name in an auth method.
 * @throws {Failure} if there is none, or more than one, or the name is empty
 */
export async function findUser(
  client: Client,
  name: string,
  methods: readonly Method[],
): Promise<User> {
  if (name === '') throw new Failure('The name is empty.')
  const what = `Error looking up ${JSON.stringify(name)}`
  for (const by of ['name', 'id']) {
    // not in the path, where a name could lead elsewhere
    const found = await during(what, client.write('identity/lookup/entity', { [by]: name }))
    if (found?.data) return userOf(what, found.data)
  }
  const users = new Map<string, User>()
  for (const method of methods) {
    const found = await userOfAlias(client, name, method)
    if (found) users.set(found.id, found)
  }
  const [only, ...others] = users.values()
  if (only && others.length === 0) return only
  if (!only)
    throw new Failure(
      `There is no entity and no user of an auth method with the name or id ${JSON.stringify(name)}. "postern list identity/entity/name" lists the entities; a user has one from the first login on.`,
      EXIT.server,
    )
  const named = [only, ...others].map(user => `${user.id} (${user.name})`).join(', ')
  throw new Failure(
    `${JSON.stringify(name)} is the name of several users in auth methods. Give the id of one: ${named}`,
    EXIT.server,
  )
}

/** The user with this name in an auth method. */
export async function userOfAlias(
  client: Client,
  name: string,
  { path, accessor }: Method,
): Promise<User | undefined> {
  const body = { alias_name: name, alias_mount_accessor: accessor }
  const what = `Error looking up ${JSON.stringify(name)} in ${path}`
  const found = await during(what, client.write('identity/lookup/entity', body))
  return found?.data ? userOf(what, found.data) : undefined
}

/** @throws {Failure} for a reply without the id of an entity, which becomes part of a path */
function userOf(what: string, data: JsonObject): User {
  const { id, name, aliases, merged_entity_ids: merged } = data
  if (typeof id !== 'string' || !/^[\w-]+$/.test(id))
    throw new Failure(`${what}: unexpected response of the server: it has no id`, EXIT.server)
  const all =
    aliases !== undefined && isList(aliases ?? null) ? (aliases as readonly JsonObject[]) : []
  return {
    id,
    name: valueText(name ?? ''),
    ids: [id, ...textsOf(merged)],
    aliases: all.filter(isObject).map(alias => ({
      name: valueText(alias.name ?? ''),
      accessor: valueText(alias.mount_accessor ?? ''),
    })),
  }
}
