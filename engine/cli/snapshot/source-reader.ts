import type { Client } from '../client.ts'
import type { JsonObject } from '../envelope.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { textsOf } from '../print-init.ts'
import { RequestError } from '../request-error.ts'
import { requirePlain } from './require-plain.ts'

/** Requests at once: enough to hide the time of the way, few enough for any server. */
const AT_ONCE = 8

/** The most names that are read below one path. No server is known to have as many, and a false one could list them without end. */
const MOST_NAMES = 200_000

/** Answers of the API that mean that nothing is there, or that this version does not know the path. */
const ABSENT: ReadonlySet<number> = new Set([404, 405])

/** Refusals by which Vault and OpenBao say that an SSH mount has no CA. Any other says nothing about what is there. */
const NO_CA = /^(?:keys haven't been configured yet|no default issuer currently configured)$/

/** Reads one server. What the token may not read counts as absent, and is noted. */
export class SourceReader {
  readonly #client: Client
  readonly #unreadable = new Set<string>()
  readonly #progress: (text: string) => void

  /** @param progress is told what will be read, where that may take longer */
  constructor(client: Client, progress: (text: string) => void) {
    this.#client = client
    this.#progress = progress
  }

  get unreadable(): readonly string[] {
    return [...this.#unreadable].sort()
  }

  data(path: string): Promise<JsonObject | undefined> {
    return this.#ask(path, async () => (await this.#client.read(path))?.data ?? undefined)
  }

  /** The sorted names below a path. @throws {Failure} if there are too many, or some that cannot be part of a path */
  async names(path: string): Promise<readonly string[]> {
    const data = await this.#ask(path, async () => (await this.#client.list(path))?.data)
    const names = [...textsOf(data?.keys)].sort()
    requirePlain(path, names)
    if (names.length <= MOST_NAMES) return names
    throw new Failure(`Error reading ${path}: it has more than ${MOST_NAMES} names`, EXIT.server)
  }

  /** What stands at each name below a path, in the order of the names. `list` is where they are listed, if not there. */
  async all(path: string, list = path): Promise<ReadonlyMap<string, JsonObject>> {
    const names = await this.names(list)
    if (names.length > AT_ONCE) this.#progress(`Reading ${names.length} × ${path}`)
    const found = await inParallel(names, name => this.data(`${path}/${name}`))
    return new Map(
      names.flatMap((name, at) => {
        const data = found[at]
        return data ? [[name, data] as const] : []
      }),
    )
  }

  async #ask<T>(path: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      if (error.status === 403) this.#unreadable.add(path)
      else if (!isAbsence(error)) await during(`Error reading ${path}`, Promise.reject(error))
      return undefined
    }
  }
}

/** Whether the server says that it has no such thing. A 404 without a reason is the page of a proxy. */
const isAbsence = ({ status, errors }: RequestError): boolean =>
  ABSENT.has(status) ? errors.length > 0 : status === 400 && errors.every(each => NO_CA.test(each))

/** Does `work` for each item, a few at once. Gives the results in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += AT_ONCE)
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))))
  return results
}
