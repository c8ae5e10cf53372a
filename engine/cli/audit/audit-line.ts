import type { Json, JsonObject } from '../envelope.ts'

/** What people look for in an audit line; empty where the line does not say. */
export interface AuditLine {
  /** `request`, `response`, `system` or `head`. */
  readonly type: string
  readonly time: string
  /** Address the request came from. */
  readonly client: string
  /** Who asked, by the name of the token. */
  readonly by: string
  readonly operation: string
  readonly path: string
  /** Of the SSH login that a password is for. */
  readonly role: string
  readonly user: string
  readonly address: string
  readonly outcome: string
  readonly reason: string
  readonly correlation: string
}

/** Paths of the SSH engine whose last part is a role. */
const ROLE = /(?:^|\/)(?:creds|sign|issue|roles)\/([^/]+)$/

/** Reads an audit line, of ours or of Vault. @returns undefined for what is none */
export function auditLine(text: string): AuditLine | undefined {
  const line = parsed(text)
  if (!line) return undefined
  const request = object(line.request)
  const [asked, told] = [object(request.data), object(object(line.response).data)]
  const path = word(request.path)
  return {
    type: word(line.type),
    time: word(line.time),
    client: word(request.remote_address),
    by: word(object(line.auth).display_name),
    operation: word(request.operation),
    path,
    role: word(told.role_name) || (ROLE.exec(path)?.[1] ?? ''),
    user: readable(told.username) || readable(asked.username),
    address: readable(told.ip) || readable(asked.ip),
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
    // torn by a crash, or not a log at all: such lines are told by "audit verify"
    return undefined
  }
}

const object = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}

const word = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

/** A text, or several, that are not hashed. */
const readable = (value: Json | undefined): string =>
  [value]
    .flat()
    .filter(each => typeof each === 'string' && !each.startsWith('hmac-'))
    .join(',')
