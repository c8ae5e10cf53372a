import { ApiError, STATUS, wrapped } from '../../api/errors.ts'
import type { Auth, Reply, WrapInfo } from '../../api/reply.ts'
import type { Request, Response } from '../../api/request.ts'
import { Sealed } from '../../storage/sealed.ts'
import { Conflict, NameTooLong, StoreUnavailable } from '../../storage/store.ts'
import type { Mount } from '../mount.ts'

/** A reply in Vault's envelope, which always has all keys. Contract §1.3. */
export function success({ id }: Request, mount: Mount | undefined, reply: Reply): Response {
  const { data, auth, shownLease, warnings, bare, hoisted, headers, event } = reply
  if (bare) return { ...bare, ...(event && { event }) }
  if (reply.wrapped) return { status: 200, body: describeWrapped(reply.wrapped) }
  if (data === undefined && !auth && !shownLease && !warnings)
    return { status: 204, body: undefined }
  return {
    status: 200,
    ...(event && { event }),
    ...(headers && { headers }),
    body: {
      request_id: id,
      lease_id: shownLease?.id ?? '',
      renewable: shownLease?.renewable ?? false,
      lease_duration: shownLease?.ttl ?? 0,
      data: data ?? null,
      wrap_info: null,
      warnings: warnings ?? null,
      auth: auth ? describeAuth(auth) : null,
      mount_type: mount?.type ?? '',
      ...(hoisted && data),
    },
  }
}

/** The body of a wrapped response. Contract §4.7. */
const describeWrapped = (wrapped: WrapInfo) => ({
  request_id: '',
  lease_id: '',
  renewable: false,
  lease_duration: 0,
  data: null,
  wrap_info: {
    token: wrapped.token.reveal(),
    accessor: wrapped.accessor,
    ttl: wrapped.ttl,
    creation_time: new Date(wrapped.createdAt).toISOString(),
    creation_path: wrapped.path,
    ...(wrapped.wrappedAccessor && { wrapped_accessor: wrapped.wrappedAccessor }),
  },
  warnings: null,
  auth: null,
})

/** Codes whose message Vault formats as a list for authenticated requests. Contract §1.4. */
const LISTED = ['unsupported', 'internal']

/** The response to a failure. It has the message of an {@link ApiError} or {@link StoreUnavailable}, and of no other error. */
export function failure(error: unknown, authenticated: boolean): Response {
  const { code, message, event, retryAfter, charged, beside } = visible(error)
  const text = authenticated && LISTED.includes(code) ? wrapped(message) : message
  return {
    status: STATUS[code],
    body: { errors: text === '' ? [] : [text], ...beside },
    ...(retryAfter !== undefined && { headers: { 'Retry-After': String(retryAfter) } }),
    ...(event && { event }),
    ...(charged && { charged }),
  }
}

/** Clients match this text. Contract §1.4. */
export const sealed = () => new ApiError('sealed', 'Vault is sealed')

/** Without a right clock, the node cannot know what is still valid. */
export const wrongClock = () =>
  new ApiError('unavailable', 'the clock of this node differs from that of its storage')

/** A failure as an {@link ApiError}, without anything that clients must not see. */
export function visible(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  // the server was sealed while the request was in progress
  if (error instanceof Sealed) return sealed()
  if (error instanceof Conflict)
    return new ApiError('busy', 'others are changing the same thing: try again in a moment', {
      retryAfter: 1,
    })
  if (error instanceof NameTooLong) return new ApiError('invalid', error.message)
  if (error instanceof StoreUnavailable) return new ApiError('unavailable', error.message)
  return new ApiError('internal', 'internal error')
}

const describeAuth = (auth: Auth) => ({
  client_token: auth.clientToken.reveal(),
  accessor: auth.accessor,
  policies: [...new Set([...auth.policies, ...(auth.identityPolicies ?? [])])].sort(),
  token_policies: auth.policies,
  ...(auth.identityPolicies?.length && { identity_policies: auth.identityPolicies }),
  metadata: auth.metadata,
  lease_duration: auth.ttl,
  renewable: auth.renewable,
  entity_id: auth.entity ?? '',
  token_type: 'service',
  orphan: auth.orphan,
  mfa_requirement: null,
  num_uses: auth.numUses,
})
