import { text } from 'node:stream/consumers'
import type { Values } from '../../../shared/field.ts'
import { printableJson } from '../../../shared/printable-json.ts'
import { type AuditLine, NO_LINE } from '../../audit/search/audit-line.ts'
import { EXACT } from '../../audit/search/line-filter.ts'
import type { Client } from '../client.ts'
import type { Call } from '../command.ts'
import { isList, isObject, type Json, type JsonObject } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'
import { trimPath } from '../path.ts'
import { Progress } from '../progress.ts'
import { dataOf } from '../reply.ts'
import { stdinOf } from '../stdin.ts'
import { textValue } from '../text-value.ts'
import { type FILTER, wantedOutcome } from './audit-filter.ts'
import { auditHeader, auditRow } from './audit-row.ts'

/** Lines that are asked for in one request. */
const PAGE = 1000

interface Flags extends Values<typeof FILTER> {
  readonly limit: number
  readonly value: string | undefined
}

type SearchCall = Pick<Call<never>, 'io' | 'print' | 'connect' | 'nonInteractive'> & {
  readonly flags: Flags
}

/** Prints what the server finds in the log of a device, and how far that log is verified. @throws {Failure} */
export async function searchDevice(call: SearchCall, device: string): Promise<void> {
  const { flags, print, connect, io } = call
  const query = await queryOf(call)
  const path = `sys/audit-search/${trimPath(device)}`
  const client = connect({ wrapTtl: undefined })
  const progress = new Progress(io)
  if (print.format === 'table') print.line(auditHeader())
  let [after, left, bytes] = ['', flags.limit > 0 ? flags.limit : Number.POSITIVE_INFINITY, 0]
  for (;;) {
    const page = { ...query, limit: Math.min(left, PAGE), ...(after !== '' && { after }) }
    const found = await pageOf(client, path, page)
    for (const line of found.entries)
      print.line(print.format === 'json' ? printableJson(line) : auditRow({ ...NO_LINE, ...line }))
    ;[left, bytes] = [left - found.entries.length, bytes + found.bytes]
    if (found.next === undefined || found.next === after) return note(call, found)
    if (left <= 0) {
      print.note('There are more: -limit=0 shows all, or ask for less with -since or another flag')
      return note(call, found)
    }
    after = found.next
    progress.tell(`${Math.round(bytes / 1024 / 1024)} MiB searched …`)
  }
}

/** Flags that the server has parameters of the same name for. */
const SENT = [...EXACT, 'address', 'path', 'since', 'until'] as const

/** The parameters of the request. @throws {Failure} for what only files have */
async function queryOf(call: SearchCall): Promise<JsonObject> {
  const { flags } = call
  if (flags.unchained)
    throw new Failure('-unchained is for files: the server leaves such lines out')
  const named = SENT.map(name => [name, flags[name]] as const)
  const all = [
    ...named,
    ['outcome', wantedOutcome(flags)] as const,
    ['value', await hashedValue(call)] as const,
  ]
  const given = all.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  return { ...Object.fromEntries(given), ...(flags.all && { all: true }) }
}

/** A value to be hashed by the server, from standard input. @throws {Failure} */
async function hashedValue(call: SearchCall): Promise<string | undefined> {
  const { value } = call.flags
  if (value === undefined) return undefined
  if (value !== '-')
    throw new Failure('-value must be "-": an argument would be visible to other users')
  const read = textValue(await text(stdinOf(call)()))
  if (read === '') throw new Failure('there is no value on standard input')
  return read
}

interface Page {
  readonly entries: readonly Readonly<Partial<AuditLine>>[]
  readonly next: string | undefined
  readonly bytes: number
  readonly data: JsonObject
}

async function pageOf(client: Client, path: string, query: JsonObject): Promise<Page> {
  const what = `Error searching ${path}`
  const data = await dataOf(what, client.write(path, query))
  const { entries, next, searched } = data
  if (!isList(entries ?? null) || !(entries as readonly Json[]).every(isLine))
    throw new Failure(`${what}: unexpected response of the server`, EXIT.server)
  return {
    entries: entries as readonly Readonly<Partial<AuditLine>>[],
    next: typeof next === 'string' ? next : undefined,
    bytes: isObject(searched) ? Number(searched.bytes) || 0 : 0,
    data,
  }
}

/** All members of a line are texts. */
const isLine = (value: Json) =>
  isObject(value) && Object.values(value).every(each => typeof each === 'string')

function note({ print }: SearchCall, { data: { file, chain, process } }: Page): void {
  const { state, lines, problem } = isObject(chain) ? chain : {}
  const { node, worker } = isObject(process) ? process : {}
  const where = [`${file} of ${node}`, ...(worker === undefined ? [] : [`worker ${worker}`])]
  const upTo = `verified up to line ${lines}`
  const said =
    state === 'broken'
      ? `${upTo}, then changed: ${problem}; run "postern audit verify" there for details`
      : state === 'verified'
        ? upTo
        : state === 'verifying'
          ? `${upTo} so far`
          : 'nothing proves yet that it is unchanged'
  print.note(`${where.join(', ')}: ${said}`)
}
