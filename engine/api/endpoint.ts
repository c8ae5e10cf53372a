import type { Field, Fields, Values } from '../../shared/field.ts'
import type { Call, Prelude } from './call.ts'
import { fieldsShown } from './paging.ts'
import type { Reply } from './reply.ts'
import type { Operation } from './request.ts'
import { runHandler, valuesOf, warningsOf, withWarnings } from './run-handler.ts'

/** What a handler can be written for; the other operations exist only to be refused. */
type Handled = 'read' | 'list' | 'update' | 'delete'

/** What something may be prepared for. */
type Prepared = 'read' | 'update'

type Handler<I, R> = (fields: I, call: Call, prepared: R) => Promise<Reply | undefined>

/** The `:names` of a path: `Params<'creds/:role'>` is `'role'`. */
type Params<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Name | Params<Rest>
  : P extends `${string}:${infer Name}`
    ? Name
    : never

/** Who may ask: any allowed token, anybody at all, or anybody, though a token that is sent counts. */
export type Access = 'token' | 'public' | 'optional'

/** What a handler may use whatever the state of the server: neither store nor mount. */
export type SealedCall = Pick<Call, 'isHeard'>

/** Something to be found out before a request is allowed. Is given what was sent, unread, and what stands in the path. */
export type AccessCheck = (
  given: Data,
  call: Pick<Call, 'tx' | 'now' | 'mount' | 'caller'>,
) => Promise<boolean>

interface Declaration<P extends string, F extends Fields, R, O extends Prepared> {
  readonly path: P
  readonly summary: string
  readonly description: string
  readonly access?: Access
  /** Needs the capability `sudo` besides that of the operation. Contract §5.2.6. */
  readonly sudo?: true
  /** Whether what an update names is there: to write what is not takes the capability `create`, not `update`. Contract §1.5. */
  readonly exists?: AccessCheck
  /** What stands in the path means the same in any case: who is denied it in lower case is denied it in every other. */
  readonly anyCase?: true
  /** Whether the caller may do it although no policy allows it, because it is about what is its own; a policy can deny it. */
  readonly isOwner?: AccessCheck
  /** Names in answers whose values may stand unhashed in the audit log. */
  readonly plainReplyKeys?: readonly string[]
  /**
   * Of what is sent and answered, the audit log shows only the numbers, truth values and UUIDs under these names, and nothing else,
   * not even hashed.
   */
  readonly records?: readonly string[]
  /** Done also where no audit device takes the lines of it, so that the devices themselves can be put right; the engine's own log says so. */
  readonly unaudited?: Handled
  /** An update takes more than the declared fields: all that was sent, as it is. */
  readonly acceptsAnyData?: true
  /**
   * A health check in an update, which needs no store: gives its answer, or nothing for what is none. The audit log only counts them,
   * and they are limited apart from all else.
   */
  readonly probe?: (fields: Values<F>) => Reply | undefined
  /** An update nearly always writes, and costs little to do twice: it may be tried with what the node remembers. */
  readonly recalling?: true
  readonly fields: F & { readonly [K in Params<P>]: Field<string | undefined> }
  /**
   * Makes what takes long and an operation needs: hashes, derives, generates, asks others. A transaction that meets a conflict runs again, and
   * so would all that is in it; this runs once, before it, and the handler is given what it made. What it has read may have changed by then.
   */
  readonly prepare?: (fields: Values<F>, prelude: Prelude) => Promise<R>
  /** The operation for which it does so; an update when left out. */
  readonly prepares?: O
  readonly operations: {
    readonly [K in Handled]?: Handler<Values<F>, K extends O ? R : undefined>
  }
}

export interface Endpoint {
  readonly path: string
  readonly summary: string
  readonly description: string
  readonly access: Access
  /** Answers in every state of the server, without token and audit; only of what {@link alwaysEndpoint} declares. */
  readonly always?: (operation: Operation, data: Data, call: SealedCall) => Promise<Reply>
  readonly sudo: boolean
  readonly exists: AccessCheck | undefined
  readonly isOwner: AccessCheck | undefined
  readonly anyCase: boolean
  /** Names in answers whose values may stand unhashed in the audit log. */
  readonly plainReplyKeys: readonly string[]
  /** All names of which the audit log shows anything, where not all may be. */
  readonly records: readonly string[] | undefined
  /** The operation that is done also where no audit device takes its lines. */
  readonly unaudited: Handled | undefined
  /** An update takes more than the declared fields. */
  readonly acceptsAnyData: boolean
  /** An update may be tried with what the node remembers. */
  readonly recalling: boolean
  readonly fields: Fields
  readonly operations: readonly string[]
  /** The answer to a health check; nothing for what is none. @throws {ApiError} for what cannot be read */
  probe(operation: Operation, data: Data): Reply | undefined
  /** The values of the `:names` in `path`, if it is a path of this endpoint. */
  match(path: string): PathValues | undefined
  /** Makes what the operation needs before its transaction, if it needs anything. @throws {ApiError} */
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

/** Declares one path of an engine. Validation, routing, path-help and the reference pages all come from here. */
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
    recalling = false,
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
    recalling,
    fields: fieldsShown(fields, operations),
    operations: Object.keys(operations),
    match(given) {
      const found = pattern.exec(given)
      return found ? { ...found.groups } : undefined
    },
    probe(operation, data) {
      if (!probe || operation !== 'update') return undefined
      const { values, unknown } = valuesOf(fields, data)
      const reply = probe(values)
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
