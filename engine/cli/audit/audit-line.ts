import type { Json, JsonObject } from '../envelope.ts'

/** The searchable parts of an audit line; empty where the line has none. */
export interface AuditLine {
  /** `request`, `response`, `system` or `head`. */
  readonly type: string
  readonly time: string
  /** Address of the client. */
  readonly client: string
  /** Display name of the token. */
  readonly by: string
  readonly operation: string
  readonly path: string
  /** Role, user and host address of the SSH login. */
  readonly role: string
  readonly user: string
  readonly address: string
  readonly outcome: string
  readonly reason: string
  readonly correlation: string
}

/** Paths of the SSH engine whose last part is a role. */
const ROLE = /(?:^|\/)(?:creds|sign|issue|roles)\/([^/]+)$/

/** Parses an audit line of Postern or Vault. `undefined` for anything else. */
export function auditLine(text: string): AuditLine | undefined {
  const line = parsed(text)
  if (!line) return undefined
  const request = object(line.request)
  const [sent, returned] = [object(request.data), object(object(line.response).data)]
  const path = word(request.path)
  return {
    type: word(line.type),
    time: word(line.time),
    client: word(request.remote_address),
    by: word(object(line.auth).display_name),
    operation: word(request.operation),
    path,
    role: word(returned.role_name) || (ROLE.exec(path)?.[1] ?? ''),
    user: plain(returned.username) || plain(sent.username),
    address: plain(returned.ip) || plain(sent.ip),
    outcome: word(line.outcome) || (line.error === undefined ? '' : 'failed'),
    reason: word(line.reason),
    correlation: word(request.correlation_id),
  }
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined
  } catch {
    // torn by a crash, or not an audit line: "audit verify" reports these
    return undefined
  }
}

const object = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}

const word = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

/** One or several texts, without the hashed ones. */
const plain = (value: Json | undefined): string =>
  [value]
    .flat()
    .filter(each => typeof each === 'string' && !each.startsWith('hmac-'))
    .join(',')
