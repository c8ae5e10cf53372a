import { boolean, integer, rest, string, type Values } from '../../shared/field.ts'
import type { Call } from '../api/call.ts'
import { endpoint } from '../api/endpoint.ts'
import { ApiError } from '../api/errors.ts'
import { parseAs } from '../api/invalid-as.ts'
import type { Reply } from '../api/reply.ts'
import type { AuditDevice } from '../audit/device.ts'
import type { AuditLine } from '../audit/search/audit-line.ts'
import type { AuditSearch } from '../audit/search/audit-search.ts'
import { type Conditions, EXACT } from '../audit/search/line-filter.ts'
import { parseMoment } from '../audit/search/parse-moment.ts'
import type { SearchJob } from '../audit/search/search-worker.ts'
import type { Core } from '../core/core.ts'
import { existingDevice } from './audit-paths.ts'
import { thisProcess } from './this-process.ts'

const LIMIT = 100
const MOST = 1000

const only = (description: string) => string({ default: '', plain: true, description })

const fields = {
  device: rest({ default: '', description: 'Path of the device, for example "file".' }),
  since: only('Only lines since this time, such as "2026-01-31T08:00:00Z", or age, such as "2h".'),
  until: only('Only lines until this time or age.'),
  path: only('Prefix of the request path.'),
  operation: only('Operation: "read", "update", "list", "delete".'),
  by: only('Display name of the token, such as "userpass-mary".'),
  entity: only('Id of the entity of the token.'),
  client: only('Address of the client that sent the request.'),
  outcome: only('Outcome: "ok", "denied", "invalid" and so on, or "failed" for all but "ok".'),
  role: only('Role of the credential.'),
  user: only('User of the SSH login.'),
  address: only('Address of the host of the SSH login.'),
  host: only('Name of the host of the SSH login, where it is enrolled.'),
  request: only('Request id of the reply.'),
  correlation: only('Correlation id that the client sent.'),
  value: string({
    default: '',
    description:
      'A value that the log has hashed, such as a token: it is hashed as the device does. In a body only.',
  }),
  text: string({ default: '', description: 'A part of the line. In a body only.' }),
  all: boolean({
    default: false,
    description: 'Also the lines of requests, which precede those of responses.',
  }),
  limit: integer({ default: LIMIT, description: 'Maximum number of lines to return.' }),
  after: string({ default: '', plain: true, description: 'The "next" of the reply before.' }),
}

type Given = Values<typeof fields>

/** `sys/audit-search`: searches what this process has logged. */
export const auditSearch = (core: Core, search: AuditSearch) =>
  endpoint({
    path: 'audit-search/:device',
    sudo: true,
    summary: 'Searches the log that this process writes to an audit device.',
    description:
      'Returns lines of the file, the newest first. Reads a limited part of it at once: "next" says where to go on, also if nothing was found. Lines outside the hash chain are counted and left out. "chain" says up to which line the file is as the server wrote it; it is read from the beginning, beside other work, after the first search. Files that were rotated, and those of other nodes and workers, are not searched.',
    fields,
    operations: {
      read: async function searchAuditLog(given, call) {
        if (given.value !== '' || given.text !== '')
          throw new ApiError('invalid', 'send value and text in the body of a POST')
        return found(core, search, { given, call })
      },
      update: async function searchAuditLogFor(given, call) {
        return found(core, search, { given, call })
      },
    },
  })

async function found(
  core: Core,
  search: AuditSearch,
  { given, call }: { readonly given: Given; readonly call: Call },
): Promise<Reply> {
  const device = await existingDevice(core, given.device)
  const job = await jobFor(core, device, { given, call })
  return {
    async hostEffect() {
      const outcome = await search.search(job)
      if ('refused' in outcome) throw new ApiError('invalid', outcome.refused)
      const { entries, ...about } = outcome
      const { path, file } = device
      const where = { device: path, file, process: thisProcess(core) }
      return { data: { ...where, entries: entries.map(shown), ...about } }
    },
  }
}

async function jobFor(
  core: Core,
  { path, file, hasher, next }: AuditDevice,
  { given, call }: { readonly given: Given; readonly call: Call },
): Promise<SearchJob> {
  const { value, text, limit, after } = given
  if (limit < 1 || limit > MOST) throw new ApiError('invalid', `limit must be from 1 to ${MOST}`)
  if (file === undefined)
    throw new ApiError('invalid', `audit device "${path}" does not write to a file`)
  return {
    ...{ file, key: await core.audit.publicKey() },
    last: next && next.seq > 0 ? { id: next.id, seq: next.seq - 1 } : undefined,
    conditions: conditionsOf(given, call),
    // a device may show some values as they are
    values: value === '' ? [] : [hasher.hash(value), hasher.text(value), hasher.accessor(value)],
    ...{ text, limit, after },
  }
}

function conditionsOf(given: Given, { now }: Call): Conditions {
  const moment = (text: string) => (text === '' ? undefined : parseMoment(text, now))
  const named = EXACT.filter(name => given[name] !== '').map(name => [name, given[name]] as const)
  return parseAs('', () => ({
    ...Object.fromEntries(named),
    ...(given.path !== '' && { path: given.path }),
    ...(given.address !== '' && { address: given.address }),
    ...(given.outcome !== '' && { outcome: given.outcome }),
    since: moment(given.since),
    until: moment(given.until),
    all: given.all,
  }))
}

/** What a line tells, without what it has not. */
const shown = (line: AuditLine) =>
  Object.fromEntries(Object.entries(line).filter(([, value]) => value !== ''))
