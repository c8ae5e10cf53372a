import { counted } from '../../shared/counted.ts'
import type { CliIo } from './cli-io.ts'
import type { Client } from './client.ts'
import { isList, isObject, type JsonObject } from './envelope.ts'
import { during, EXIT, Failure } from './failure.ts'
import { Progress } from './progress.ts'

/** Names that are asked for in one request. */
const PAGE = 1000

interface Wanted {
  readonly path: string
  /** Conditions, for parameters that are not empty. */
  readonly query: Readonly<Record<string, string>>
  /** Begins behind this name. */
  readonly after: string
  /** The most names; 0 for all. */
  readonly limit: number
  /** One of them. */
  readonly kind: string
}

interface Found {
  /** What the server tells of each, with its name under `name`. */
  readonly records: readonly JsonObject[]
  /** Where to go on, if there are more. */
  readonly next: string | undefined
}

/** Lists a path page by page. @throws {Failure} if the server refuses */
export async function listAll(
  client: Client,
  { path, query, after: begin, limit, kind }: Wanted,
  io: Pick<CliIo, 'stderr'>,
): Promise<Found> {
  const progress = new Progress(io)
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''))
  const most = limit > 0 ? limit : Number.POSITIVE_INFINITY
  const records: JsonObject[] = []
  let after: string | undefined = begin
  while (after !== undefined && records.length < most) {
    const asked = Math.min(PAGE, most - records.length)
    const page = { ...given, limit: `${asked}`, ...(after !== '' && { after }) }
    const envelope = await during(`Error listing ${path}`, client.list(path, page))
    const data: JsonObject = envelope?.data ?? {}
    const found = recordsIn(data, path)
    records.push(...found)
    after = nextOf(data, found.length === asked ? found.at(-1) : undefined)
    progress.tell(`${counted(records.length, kind)} …`)
  }
  return { records, next: after }
}

function nextOf({ next }: JsonObject, last: JsonObject | undefined): string | undefined {
  if (typeof next === 'string') return next
  return last === undefined ? undefined : String(last.name)
}

function recordsIn({ keys, key_info: info }: JsonObject, path: string): readonly JsonObject[] {
  if (keys === undefined) return []
  if (isList(keys) && keys.every(key => typeof key === 'string'))
    return keys.map(name => {
      const about = isObject(info) ? info[name] : undefined
      return { name, ...(isObject(about) && about) }
    })
  throw new Failure(`Error listing ${path}: unexpected response of the server`, EXIT.server)
}
