import { parseDuration } from '../../../shared/duration.ts'
import { boolean, string, type Values } from '../../../shared/field.ts'
import { Failure } from '../failure.ts'
import type { AuditLine } from './audit-line.ts'

/** Flags that choose among the lines of an audit log. */
export const FILTER = {
  role: string({ description: 'Role that the password or key was made for.' }),
  user: string({ description: 'User to log in as.' }),
  address: string({ description: 'Address of the host to log in to.' }),
  client: string({ description: 'Address that the request came from.' }),
  by: string({ description: 'Name of the token that asked, as in "userpass-mary".' }),
  path: string({ description: 'What the path begins with.' }),
  outcome: string({
    description: '"ok", "denied", "invalid" and so on, or "failed" for all but "ok".',
  }),
  correlation: string({ description: 'What the caller named the request.' }),
  since: string({
    description:
      'Not before this: a time, as in "2026-01-31T08:00:00Z", or how long ago, as in "2h".',
  }),
  until: string({ description: 'Not after this, in the same form.' }),
  all: boolean({
    description:
      'Show requests, too, of which each has a line of its own before its answer has one.',
    default: false,
  }),
  unchained: boolean({
    description:
      'Show lines that have no place in the chain, too: those of Vault, or what somebody has put in.',
    default: false,
  }),
}

/** Gives a function that tells whether a line is wanted. @throws {Failure} */
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
    // the caller says what was expected
    return Number.NaN
  }
}
