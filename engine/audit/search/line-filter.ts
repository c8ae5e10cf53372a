import type { AuditLine } from './audit-line.ts'

/** Members of a line that a search compares as a whole. */
export const EXACT = [
  ...(['role', 'user', 'host', 'client', 'by', 'entity'] as const),
  ...(['operation', 'request', 'correlation'] as const),
]

/** What lines must have to be found; what is absent fits every line. */
export interface Conditions
  extends Readonly<Partial<Record<(typeof EXACT)[number], string | undefined>>> {
  /** One of the addresses of the host of the login. */
  readonly address?: string | undefined
  /** Prefix of the path. */
  readonly path?: string | undefined
  /** `failed` means every one but `ok`. */
  readonly outcome?: string | undefined
  /** Milliseconds since 1970. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** Also the lines of requests, which precede those of responses. */
  readonly all: boolean
}

/** A predicate for lines that meet all conditions. */
export function lineFilter(conditions: Conditions): (line: AuditLine) => boolean {
  const { address, path, outcome, since, until, all } = conditions
  const same = EXACT.filter(name => conditions[name] !== undefined)
  return line =>
    (all || line.type === 'response' || line.type === 'system') &&
    line.type !== 'head' &&
    same.every(name => line[name] === conditions[name]) &&
    (address === undefined || line.address.split(',').includes(address)) &&
    (path === undefined || line.path.startsWith(path)) &&
    (outcome === undefined || isOutcome(line.outcome, outcome)) &&
    (since === undefined || Date.parse(line.time) >= since) &&
    (until === undefined || Date.parse(line.time) <= until)
}

const isOutcome = (outcome: string, wanted: string) =>
  wanted === 'failed' ? outcome !== 'ok' && outcome !== '' : outcome === wanted
