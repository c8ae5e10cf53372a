import type { Fields, Values } from '../../shared/field.ts'
import { readFields } from '../../shared/read-fields.ts'
import { ApiError } from './errors.ts'
import { fieldsOf, pageOf } from './paging.ts'
import type { Reply } from './reply.ts'
import type { Operation } from './request.ts'

type Data = Readonly<Record<string, unknown>>

interface Declared<F extends Fields, O extends object> {
  readonly fields: F
  readonly operations: O
  readonly acceptsAnyData?: true
}

interface HandlerInput {
  readonly operation: Operation
  readonly data: Data
  /** The values of the `:names` in the path. */
  readonly params: Readonly<Record<string, string>>
}

/**
 * Parses the fields of a request, calls the handler of its operation through `handle`, and adds warnings about ignored input.
 * @throws {ApiError} unsupported, or invalid for a value that cannot be parsed
 */
export async function runHandler<F extends Fields, O extends object>(
  { fields, operations, acceptsAnyData }: Declared<F, O>,
  { operation, data, params }: HandlerInput,
  handle: (handler: NonNullable<O[keyof O]>, values: Values<F>) => Promise<Reply | undefined>,
): Promise<Reply> {
  const handler = operations[operation as keyof O]
  if (!handler) throw new ApiError('unsupported', 'unsupported operation')
  const read = fieldsOf(fields, operations, operation)
  const { values, unknown } = valuesOf(read, { ...data, ...params })
  const whole = (await handle(handler, values)) ?? {}
  const reply = read === fields ? whole : pageOf(whole, values)
  const ignored = acceptsAnyData && operation === 'update' ? [] : unknown
  return withWarnings(reply, warningsOf(ignored, data, params))
}

/** The fields of a request. @throws {ApiError} invalid */
export const valuesOf = <F extends Fields>(fields: F, given: Data) =>
  readFields(
    fields,
    given,
    (key, error) =>
      new ApiError(
        'invalid',
        `Field validation failed: error converting input for field "${key}": ${error.message}`,
        { cause: error },
      ),
  )

/** The reply with more warnings. A 204 cannot carry any: contract §1.3. */
export function withWarnings(reply: Reply, more: readonly string[]): Reply {
  if (reply.bare || reply.refusal || !hasContent(reply)) return reply
  const warnings = [...(reply.warnings ?? []), ...more]
  return warnings.length > 0 ? { ...reply, warnings } : reply
}

const hasContent = ({ data, auth, login, shownLease, warnings }: Reply) =>
  data !== undefined ||
  auth !== undefined ||
  login !== undefined ||
  shownLease !== undefined ||
  warnings !== undefined

/** Warnings about input that was ignored. Contract §1.3. */
export function warningsOf(
  unknown: readonly string[],
  data: Data,
  params: HandlerInput['params'],
): readonly string[] {
  const replaced = Object.keys(params)
    .filter(key => Object.hasOwn(data, key))
    .sort()
  return [
    ...(unknown.length > 0
      ? [`Endpoint ignored these unrecognized parameters: [${unknown.join(' ')}]`]
      : []),
    ...(replaced.length > 0
      ? [
          `Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [${replaced.join(' ')}]`,
        ]
      : []),
  ]
}
