/** The searchable parts of an audit line; empty where the line has none. */
export interface AuditLine {
  /** `request`, `response`, `system` or `head`. */
  readonly type: string
  readonly time: string
  /** The `request_id` of the reply. */
  readonly request: string
  /** Address of the client. */
  readonly client: string
  /** Display name of the token, and id of its entity. */
  readonly by: string
  readonly entity: string
  readonly operation: string
  readonly path: string
  /** Role, user, address and name of the host of the SSH login. */
  readonly role: string
  readonly user: string
  readonly address: string
  readonly host: string
  readonly outcome: string
  readonly reason: string
  /** Id of the lease that was granted, or that has ended. */
  readonly lease: string
  readonly correlation: string
}

/** A line that has nothing. */
export const NO_LINE: AuditLine = {
  ...{ type: '', time: '', request: '', client: '', by: '', entity: '', operation: '', path: '' },
  ...{ role: '', user: '', address: '', host: '', outcome: '', reason: '', lease: '' },
  correlation: '',
}

/** Paths of the SSH engine whose last part is a role. */
const ROLE = /(?:^|\/)(?:creds|sign|issue|roles)\/([^/]+)$/

/** Parses an audit line of Postern or Vault. `undefined` for anything else. */
export function auditLine(text: string): AuditLine | undefined {
  const line = parsed(text)
  if (!line) return undefined
  const [request, auth, response] = [part(line.request), part(line.auth), part(line.response)]
  const [sent, returned] = [part(request.data), part(response.data)]
  const path = word(request.path)
  return {
    type: word(line.type),
    time: word(line.time),
    request: word(request.id),
    client: word(request.remote_address),
    by: word(auth.display_name),
    entity: word(auth.entity_id),
    operation: word(request.operation),
    path,
    role: word(returned.role_name) || (ROLE.exec(path)?.[1] ?? ''),
    user: plain(returned.username) || plain(sent.username),
    address: plain(returned.ip) || plain(sent.ip),
    host: plain(returned.host) || word(request.host_name),
    outcome: word(line.outcome) || (line.error === undefined ? '' : 'failed'),
    reason: word(line.reason),
    lease: word(part(response.secret).lease_id),
    correlation: word(request.correlation_id),
  }
}

type Part = Readonly<Record<string, unknown>>

function parsed(text: string): Part | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isPart(value) ? value : undefined
  } catch {
    // torn by a crash, or not an audit line: "audit verify" reports these
    return undefined
  }
}

const isPart = (value: unknown): value is Part =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const part = (value: unknown): Part => (isPart(value) ? value : {})

const word = (value: unknown): string => (typeof value === 'string' ? value : '')

/** One or several texts, without the hashed ones. */
const plain = (value: unknown): string =>
  [value]
    .flat()
    .filter(each => typeof each === 'string' && !each.startsWith('hmac-'))
    .join(',')
