import type { Field, Fields, Values } from '../../shared/field.ts'
import type { Call, MountView, Prelude } from './call.ts'
import { fieldsShown } from './paging.ts'
import type { Reply } from './reply.ts'
import type { Operation } from './request.ts'
import { runHandler, valuesOf, warningsOf, withWarnings } from './run-handler.ts'

/** Operations that can have a handler; the others are always refused. */
type Handled = 'read' | 'list' | 'update' | 'delete'

/** Operations that can have a `prepare`. */
type Prepared = 'read' | 'update'

type Handler<I, R> = (fields: I, call: Call, prepared: R) => Promise<Reply | undefined>

/** The `:names` of a path: `Params<'creds/:role'>` is `'role'`. */
type Params<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Name | Params<Rest>
  : P extends `${string}:${infer Name}`
    ? Name
    : never

/** Whether a token is required: `token` always, `public` never, `optional` not, but a token that is sent must be valid and allowed. */
export type Access = 'token' | 'public' | 'optional'

/** The context of a handler that is served in every state: neither store nor mount. */
export type SealedCall = Pick<Call, 'isHeard' | 'ifNoneMatch'>

/** The context of a health check, without the store. */
export type ProbeCall = Pick<Call, 'now' | 'requestId'> & {
  readonly mount: Pick<MountView, 'id' | 'path'>
}

/**
 * A check before a request is authorized. `given` has the raw parameters and the values from the path. The caller may be one that is only
 * thought of, without a token.
 */
export type AccessCheck = (
  given: Data,
  call: Pick<Call, 'tx' | 'now' | 'mount'> & {
    readonly caller: Omit<NonNullable<Call['caller']>, 'secret'> | undefined
  },
) => Promise<boolean>

interface Declaration<P extends string, F extends Fields, R, O extends Prepared> {
  readonly path: P
  readonly summary: string
  readonly description: string
  readonly access?: Access
  /** Requires the capability `sudo` in addition to that of the operation. Contract §5.2.6. */
  readonly sudo?: true
  /** Whether the target of an update exists. If not, the update requires the capability `create` in place of `update`. Contract §1.5. */
  readonly exists?: AccessCheck
  /** Names in the path are case-insensitive: a rule for the path in lower case holds for every spelling. */
  readonly anyCase?: true
  /** Whether the caller owns the target. The owner is allowed if no policy covers the path; a policy can deny it. */
  readonly isOwner?: AccessCheck
  /** Keys of the reply whose values the audit log shows in plain text. */
  readonly plainReplyKeys?: readonly string[]
  /**
   * The only keys of request and reply that the audit log shows, and of these only numbers, booleans and UUIDs. Nothing else is
   * logged, not even hashed.
   */
  readonly records?: readonly string[]
  /** An operation that is performed even if no audit device can write its lines, so that the devices can be repaired. The server log records it. */
  readonly unaudited?: Handled
  /** An update accepts undeclared parameters. */
  readonly acceptsAnyData?: true
  /**
   * Answers an update that is a health check, without the store; returns nothing for any other request. Health checks are only counted
   * in the audit log, and have a rate limit of their own.
   */
  readonly probe?: (fields: Values<F>, call: ProbeCall) => Reply | undefined
  /**
   * An update first runs with cached reads; it nearly always writes, so the commit verifies them, and running it twice is cheap. The caller
   * may be admitted by cached records, too, which that commit verifies: `prepare` must have no effect outside.
   */
  readonly cachedReads?: true
  readonly fields: F & { readonly [K in Params<P>]: Field<string | undefined> }
  /**
   * Does slow work before the transaction, such as hashing, key generation or requests to other servers, and passes the result to the
   * handler. It runs once, while a transaction runs again after a conflict. What it has read may have changed when the handler runs.
   */
  readonly prepare?: (fields: Values<F>, prelude: Prelude) => Promise<R>
  /** The operation that `prepare` runs for; update by default. */
  readonly prepares?: O
  /** `prepare` may wait for long: the caller's token is checked again after it. */
  readonly waits?: true
  readonly operations: {
    readonly [K in Handled]?: Handler<Values<F>, K extends O ? R : undefined>
  }
}

/** A declared endpoint. Members without a comment are as declared, with the defaults filled in. */
export interface Endpoint {
  readonly path: string
  readonly summary: string
  readonly description: string
  readonly access: Access
  /** Serves a request in every state of the server, without token and audit. Only {@link alwaysEndpoint} sets it. */
  readonly always?: (operation: Operation, data: Data, call: SealedCall) => Promise<Reply>
  readonly sudo: boolean
  readonly exists: AccessCheck | undefined
  readonly isOwner: AccessCheck | undefined
  readonly anyCase: boolean
  readonly plainReplyKeys: readonly string[]
  readonly records: readonly string[] | undefined
  readonly unaudited: Handled | undefined
  readonly acceptsAnyData: boolean
  readonly cachedReads: boolean
  readonly waits: boolean
  readonly fields: Fields
  readonly operations: readonly string[]
  /** The reply to a health check; nothing for any other request. @throws {ApiError} for invalid parameters */
  probe(operation: Operation, data: Data, call: ProbeCall): Reply | undefined
  /** The values of the `:names` in `path`, if this endpoint matches it. */
  match(path: string): PathValues | undefined
  /** Does the slow work of the operation before its transaction, if there is any. @throws {ApiError} */
  prepare(operation: Operation, data: Data, params: PathValues, prelude: Prelude): Promise<unknown>
  /** @throws {ApiError} */
  call(
    operation: Operation,
    data: Data,
    params: PathValues,
    call: Call,
    prepared?: unknown,
  ): Promise<Reply>
}

type PathValues = Readonly<Record<string, string>>
type Data = Readonly<Record<string, unknown>>

/** Declares one path of an engine. Validation, routing, path-help and the reference pages are derived from it. */
export function endpoint<
  const P extends string,
  F extends Fields,
  R = undefined,
  O extends Prepared = 'update',
>(declared: Declaration<P, F, R, O>): Endpoint {
  const {
    path,
    summary,
    description,
    fields,
    operations,
    access = 'token',
    sudo = false,
    exists,
    isOwner,
    anyCase = false,
    plainReplyKeys = [],
    records,
    unaudited,
    acceptsAnyData = false,
    cachedReads = false,
    waits = false,
    probe,
    prepare,
    prepares = 'update',
  } = declared
  const source = path.replace(/:(\w+)/g, (_, key: string) => `(?<${key}>${fields[key]?.pattern})`)
  const pattern = new RegExp(`^${source}/?$`)
  return {
    path,
    summary,
    description,
    access,
    sudo,
    exists,
    isOwner,
    anyCase,
    plainReplyKeys,
    records,
    unaudited,
    acceptsAnyData,
    cachedReads,
    waits,
    fields: fieldsShown(fields, operations),
    operations: Object.keys(operations),
    match(given) {
      const found = pattern.exec(given)
      return found ? { ...found.groups } : undefined
    },
    probe(operation, data, call) {
      if (!probe || operation !== 'update') return undefined
      const { values, unknown } = valuesOf(fields, data)
      const reply = probe(values, call)
      return reply && withWarnings(reply, warningsOf(unknown, data, {}))
    },
    async prepare(operation, data, params, prelude) {
      if (operation !== prepares) return undefined
      return prepare?.(valuesOf(fields, { ...data, ...params }).values, prelude)
    },
    async call(operation, data, params, call, prepared) {
      return runHandler(declared, { operation, data, params }, (handler, values) =>
        // what was prepared is of the type that `prepare` gives, or undefined where there is none
        handler(values, call, prepared as never),
      )
    },
  }
}
