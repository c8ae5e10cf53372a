import type { Client } from '../client.ts'
import { isObject, type Json, type JsonObject } from '../envelope.ts'
import type { NameSource } from './name-source.ts'

/** Below an SSH engine: those with a slash at their end have names below them. */
const OF_SSH = [
  'certs/',
  'config/ca',
  'config/verify',
  'config/zeroaddress',
  'creds/',
  'explain',
  'hosts/',
  'issue/',
  'issuer/',
  'known_hosts',
  'krl',
  'lookup',
  'public_key',
  'revoke',
  'roles/',
  'sign/',
  'verify',
  'verify/keys',
]

/** What of the server itself is typed by hand. */
const OF_SYS = [
  'sys/audit',
  'sys/auth',
  'sys/capabilities-self',
  'sys/health',
  'sys/leases/lookup/',
  'sys/mounts',
  'sys/policies/acl/',
  'sys/seal-status',
]

/** Words of paths that are followed by the name of a role, which is listed below `roles` alone. */
const WITH_ROLE = /^(.*\/)(?:creds|sign|issue)\/$/

/** A path that gives a credential of a role. */
const OF_ROLE = /^(.*\/)(?:creds|sign|issue)\/([^/]+)$/

/** Names that the server knows, as far as the token may see them: what cannot be had is left out, without a message. */
export class LiveNames {
  readonly #connect: () => Client
  #client: Client | undefined

  /** @param connect gives a client that waits only as long as somebody at a prompt does */
  constructor(connect: () => Client) {
    this.#connect = connect
  }

  /**
   * @param begun what is typed of the name
   * @param mount the SSH engine of roles and hosts
   */
  async of(source: NameSource, begun: string, mount: string): Promise<readonly string[]> {
    if (source === 'path') return this.#paths(begun)
    if (source === 'role') return this.#roles(`${mount}/`)
    if (source === 'host' || source === 'login') return this.#list(`${mount}/hosts`)
    if (source === 'policy') return this.#list('sys/policies/acl')
    if (source === 'audit') return Object.keys(await this.#data('sys/audit'))
    const mounts = await this.#data('sys/internal/ui/mounts')
    return namesIn(mounts[source === 'auth' ? 'auth' : 'secret'])
  }

  /** The names of roles; for who may not list them, those that the token's policies name. */
  async #roles(mount: string): Promise<readonly string[]> {
    const listed = await this.#list(`${mount}roles`)
    if (listed.length > 0) return listed
    const found = (await this.#allowed()).map(path => OF_ROLE.exec(path) ?? [])
    return [...new Set(found.flatMap(([, at, role]) => (at === mount && role ? [role] : [])))]
  }

  async #paths(begun: string): Promise<readonly string[]> {
    const folder = begun.slice(0, begun.lastIndexOf('/') + 1)
    const mounts = (await this.#data('sys/internal/ui/mounts')).secret
    const engines = isObject(mounts) ? mounts : {}
    const known = Object.entries(engines).flatMap(([mount, about]) => [
      mount,
      ...(isObject(about) && about.type === 'ssh' ? OF_SSH.map(path => mount + path) : []),
    ])
    const [, roles] = WITH_ROLE.exec(folder) ?? []
    const listed = roles === undefined ? await this.#below(folder) : await this.#roles(roles)
    const all = [...known, 'sys/', ...OF_SYS, ...listed.map(name => folder + name)]
    return [...new Set(all.map(path => nextPart(path, folder)))].filter(path => path !== undefined)
  }

  async #below(folder: string): Promise<readonly string[]> {
    return folder === '' ? [] : this.#list(folder.slice(0, -1))
  }

  /** The paths without wildcards of the policies of the token. */
  async #allowed(): Promise<readonly string[]> {
    return namesIn((await this.#data('sys/internal/ui/resultant-acl')).exact_paths)
  }

  async #list(path: string): Promise<readonly string[]> {
    const { keys } = await this.#quietly(client => client.list(path))
    return Array.isArray(keys) ? keys.filter(key => typeof key === 'string') : []
  }

  #data(path: string): Promise<JsonObject> {
    return this.#quietly(client => client.read(path))
  }

  async #quietly(ask: (client: Client) => ReturnType<Client['read']>): Promise<JsonObject> {
    try {
      this.#client ??= this.#connect()
      return (await ask(this.#client))?.data ?? {}
    } catch {
      // a message would stand in the middle of what is being typed
      return {}
    }
  }
}

const namesIn = (value: Json | undefined): readonly string[] =>
  isObject(value) ? Object.keys(value) : []

/** The path up to the next slash behind the folder; undefined if it is not in the folder. */
function nextPart(path: string, folder: string): string | undefined {
  if (!path.startsWith(folder) || path === folder) return undefined
  const end = path.indexOf('/', folder.length)
  return end < 0 ? path : path.slice(0, end + 1)
}
