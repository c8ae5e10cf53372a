import { boolean, string, type Values } from '../../../shared/field.ts'
import { Invalid } from '../../../shared/invalid.ts'
import type { AuditLine } from '../../audit/search/audit-line.ts'
import { lineFilter } from '../../audit/search/line-filter.ts'
import { parseMoment } from '../../audit/search/parse-moment.ts'
import { Failure } from '../failure.ts'

/** Flags that filter the lines of an audit log. */
export const FILTER = {
  role: string({ description: 'Role of the credential.' }),
  user: string({ description: 'User of the SSH login.' }),
  address: string({ description: 'Address of the host of the SSH login.' }),
  host: string({ description: 'Name of the host of the SSH login, where it is enrolled.' }),
  client: string({ description: 'Address of the client that sent the request.' }),
  by: string({ description: 'Display name of the token, such as "userpass-mary".' }),
  entity: string({ description: 'Id of the entity of the token.' }),
  operation: string({ description: 'Operation: "read", "update", "list", "delete".' }),
  path: string({ description: 'Prefix of the request path.' }),
  outcome: string({
    description: 'Outcome: "ok", "denied", "invalid" and so on, or "failed" for all but "ok".',
  }),
  failed: boolean({ description: 'The same as -outcome=failed.', default: false }),
  request: string({ description: 'Request id of the reply.' }),
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
  const [since, until] = [moment(flags.since, now), moment(flags.until, now)]
  return lineFilter({ ...flags, outcome: wantedOutcome(flags), since, until })
}

/** The outcome that the flags ask for. @throws {Failure} if they contradict each other */
export function wantedOutcome({
  outcome,
  failed,
}: Pick<Values<typeof FILTER>, 'outcome' | 'failed'>): string | undefined {
  if (failed && outcome !== undefined && outcome !== 'failed')
    throw new Failure('Give either -failed or -outcome')
  return failed ? 'failed' : outcome
}

/** Milliseconds since 1970. */
function moment(text: string | undefined, now: Date): number | undefined {
  try {
    return text === undefined ? undefined : parseMoment(text, now)
  } catch (error) {
    throw error instanceof Invalid ? new Failure(error.message) : error
  }
}
