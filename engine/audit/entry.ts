import type { Result } from '../../shared/result.ts'
import type { Caller } from '../api/call.ts'
import { ApiError } from '../api/errors.ts'
import type { Reply } from '../api/reply.ts'
import type { Request } from '../api/request.ts'
import { headersOf } from './audited-headers.ts'
import { cutText } from './cut-text.ts'
import type { DeviceFormat } from './device-format.ts'
import type { Hasher } from './hasher.ts'
import { metadataOf } from './metadata.ts'
import { omitEmpty } from './omit-empty.ts'
import type { Probes } from './probes.ts'
import { pathOf, withoutTokens } from './redact.ts'
import { replyOf } from './reply-section.ts'
import type { AuditedRequest, RequestContext } from './request-context.ts'
import { sentOf } from './sent.ts'

/** The longest text of an error, in characters. Errors may quote the request. */
const TEXT = 1024

/** The longest path that is shown of a request without a token, in characters. */
const PATH = 512

/** The longest display name that is shown, in characters. */
const NAME = 512

/** The object that a line contains, in the format of a device. */
export type Entry = (format: DeviceFormat) => object

/** The line for a request, before it is performed. Contract §6.1. */
export const requestEntry =
  (request: Request, context: AuditedRequest, refusal: unknown): Entry =>
  ({ hasher }) => ({
    time: new Date().toISOString(),
    type: 'request',
    ...about(request, context, hasher),
    ...outcomeOf(refusal, hasher),
  })

/** The line for a response, before it is sent. */
export const responseEntry =
  (request: Request, context: AuditedRequest, answer: Result<Reply>): Entry =>
  format => ({
    time: new Date().toISOString(),
    type: 'response',
    ...about(request, context, format.hasher),
    response: omitEmpty({
      ...mountOf(context),
      ...(answer.ok
        ? replyOf(request, context, answer.value, format)
        : {
            secret: refusedLease(answer.error),
            data: context.endpoint?.records ? undefined : failureOf(answer.error, format.hasher),
          }),
    }),
    ...(answer.ok
      ? { outcome: 'ok', ...(answer.value.event?.reason && { reason: answer.value.event.reason }) }
      : outcomeOf(answer.error, format.hasher)),
  })

/** A lease or token that has ended, and why: it expired, or a request revoked it. */
export type EndedCredential = { readonly reason: string } & (
  | { readonly lease: string; readonly mount: RequestContext['mount'] }
  | { readonly token: EndedToken }
)

type EndedToken = Pick<Caller, 'accessor' | 'displayName' | 'policies' | 'metadata' | 'entity'>

/** The line for a lease or token that has ended. */
export const endedEntry =
  (ended: EndedCredential): Entry =>
  ({ hasher }) => ({
    time: new Date().toISOString(),
    type: 'system',
    ...('lease' in ended ? leaseEnded(ended) : tokenEnded(ended.token, hasher)),
    outcome: 'ok',
    reason: ended.reason,
  })

/** The line for a number of health checks. */
export const probesEntry =
  ({ path, mount, count }: Probes): Entry =>
  () => ({
    time: new Date().toISOString(),
    type: 'system',
    request: omitEmpty({ operation: 'update', ...mountOf({ mount }), path }),
    response: { data: { count } },
    outcome: 'ok',
    reason: 'health checks',
  })

const leaseEnded = ({ lease, mount }: Extract<EndedCredential, { lease: string }>) => ({
  request: omitEmpty({
    operation: 'revoke',
    ...mountOf({ mount }),
    path: lease.slice(0, lease.lastIndexOf('/')),
  }),
  response: { secret: { lease_id: lease } },
})

const tokenEnded = (token: EndedToken, hasher: Hasher) => ({
  auth: omitEmpty({
    accessor: hasher.accessor(token.accessor),
    display_name: cutText(token.displayName, NAME),
    policies: token.policies,
    metadata: metadataOf(token.metadata),
    entity_id: token.entity,
  }),
  request: { operation: 'revoke', path: 'auth/token' },
})

/** The first line on a new device. */
export const testEntry: Entry = () => ({
  time: new Date().toISOString(),
  type: 'request',
  request: { operation: 'update', namespace: { id: 'root' }, path: 'sys/audit/test' },
})

function about(request: Request, context: AuditedRequest, hasher: Hasher): object {
  const { caller, permission } = context
  const path = pathOf(request.path, hasher)
  return {
    ...(caller && { auth: authOf(caller, permission, hasher) }),
    request: omitEmpty({
      id: request.id,
      correlation_id: request.correlation,
      operation: request.operation,
      ...mountOf(context),
      client_token: request.token && hasher.text(request.token.reveal()),
      client_token_accessor: caller && hasher.accessor(caller.accessor),
      namespace: { id: 'root' },
      path: caller ? path : cutText(path, PATH),
      ...sentOf(request.data, context, hasher),
      remote_address: request.client.address,
      remote_port: request.client.port,
      // verified where the outcome is ok, at the paths that hosts sign
      host_name: request.signedBy && cutText(request.signedBy.host, NAME),
      wrap_ttl: request.wrapTtl,
      headers: headersOf(request, context.headers, hasher),
    }),
  }
}

function authOf(caller: Caller, permission: RequestContext['permission'], hasher: Hasher): object {
  const { policies, identityPolicies } = caller
  return omitEmpty({
    client_token: hasher.text(caller.secret.reveal()),
    accessor: hasher.accessor(caller.accessor),
    display_name: cutText(caller.displayName, NAME),
    policies,
    token_policies: policies.filter(policy => !identityPolicies.includes(policy)),
    identity_policies: identityPolicies,
    metadata: metadataOf(caller.metadata),
    entity_id: caller.entity,
    token_type: 'service',
    token_ttl: caller.ttl,
    token_issue_time: new Date(caller.issuedAt).toISOString(),
    remaining_uses: caller.remainingUses,
    policy_results: permission && {
      allowed: permission.allowed,
      ...(permission.granting.length > 0 && {
        granting_policies: permission.granting.map(name => ({
          name,
          namespace_id: 'root',
          type: 'acl',
        })),
      }),
    },
  })
}

const mountOf = ({ mount }: RequestContext) =>
  mount && {
    mount_point: mount.path,
    mount_type: mount.type,
    mount_accessor: mount.accessor,
    mount_class: mount.path.startsWith('auth/') ? 'auth' : 'secret',
  }

/** The lease of a refused credential, such as a password that was already used. */
const refusedLease = (error: unknown) =>
  error instanceof ApiError && error.lease !== undefined ? { lease_id: error.lease } : undefined

/** Why the request failed, at the place where Vault has it: hashed, because the text may quote the request. */
function failureOf(error: unknown, hasher: Hasher): object | undefined {
  const { message } = clientErrorOf(error)
  return message === '' ? undefined : { error: hasher.text(message) }
}

const isUserError = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.code === 'invalid'

/** The error that the client gets. Anything but an ApiError is a bug. */
const clientErrorOf = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError('internal', 'internal error')

/** The outcome of a request, without secrets. */
function outcomeOf(error: unknown, hasher: Hasher): object {
  if (error === undefined) return {}
  const { code, message, event } = clientErrorOf(error)
  return {
    ...(!isUserError(error) &&
      message !== '' && { error: withoutTokens(cutText(message, TEXT), hasher) }),
    outcome: code,
    ...(event?.reason && { reason: event.reason }),
  }
}
