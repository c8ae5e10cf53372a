import { parseDuration } from '../../../shared/duration.ts'
import { boolean, string, type Values } from '../../../shared/field.ts'
import { Failure } from '../failure.ts'
import type { AuditLine } from './audit-line.ts'

/** Flags that filter the lines of an audit log. */
export const FILTER = {
  role: string({ description: 'Role of the credential.' }),
  user: string({ description: 'User of the SSH login.' }),
  address: string({ description: 'Address of the host of the SSH login.' }),
  client: string({ description: 'Address of the client that sent the request.' }),
  by: string({ description: 'Display name of the token, such as "userpass-mary".' }),
  path: string({ description: 'Prefix of the request path.' }),
  outcome: string({
    description: 'Outcome: "ok", "denied", "invalid" and so on, or "failed" for all but "ok".',
  }),
  correlation: string({ description: 'Correlation id that the client sent.' }),
  since: string({
    description:
      'Only lines since this time, such as "2026-01-31T08:00:00Z", or age, such as "2h".',
  }),
  until: string({ description: 'Only lines until this time or age.' }),
  all: boolean({
    description: 'Also show requests, which are logged in a line of their own before the response.',
    default: false,
  }),
  unchained: boolean({
    description: 'Also show lines outside the hash chain: those of Vault, or forged ones.',
    default: false,
  }),
}

/** A predicate for lines that match the flags. @throws {Failure} */
export function auditFilter(flags: Values<typeof FILTER>, now: Date): (line: AuditLine) => boolean {
  const same = (['role', 'user', 'client', 'by', 'correlation'] as const).filter(
    name => flags[name] !== undefined,
  )
  const [since, until] = [moment(flags.since, now), moment(flags.until, now)]
  const { address, path, outcome } = flags
  return line =>
    (flags.all || line.type === 'response' || line.type === 'system') &&
    line.type !== 'head' &&
    same.every(name => line[name] === flags[name]) &&
    (address === undefined || line.address.split(',').includes(address)) &&
    (path === undefined || line.path.startsWith(path)) &&
    (outcome === undefined || isOutcome(line.outcome, outcome)) &&
    (since === undefined || Date.parse(line.time) >= since) &&
    (until === undefined || Date.parse(line.time) <= until)
}

const isOutcome = (outcome: string, wanted: string) =>
  wanted === 'failed' ? outcome !== 'ok' && outcome !== '' : outcome === wanted

/** Milliseconds since 1970. */
function moment(text: string | undefined, now: Date): number | undefined {
  if (text === undefined) return undefined
  const time = /^\d{4}-/.test(text) ? Date.parse(text) : now.getTime() - ago(text) * 1000
  if (Number.isNaN(time))
    throw new Failure(`${JSON.stringify(text)} is neither a time nor a duration`)
  return time
}

function ago(text: string): number {
  try {
    return parseDuration(text)
  } catch {
    // the caller reports what was expected
    return Number.NaN
  }
}
