import { Invalid } from '../../shared/invalid.ts'
import {
  type Auth,
  type Envelope,
  isList,
  isObject,
  type Json,
  type JsonObject,
  type WrapInfo,
} from './envelope.ts'

/** Levels of nesting; no reply of the engine comes near it. */
const MAX_DEPTH = 256

/**
 * Parses the body of a reply. `undefined` for an empty one. A body without an envelope, such as that of sys/health, becomes the data.
 * @throws {SyntaxError} if it is not a JSON object
 * @throws {Invalid} if a field of the envelope has the wrong type
 */
export function parseEnvelope(text: string): Envelope | undefined {
  if (text.trim() === '') return undefined
  const body = objectOf(text)
  const envelope = read(body, ENVELOPE)
  if (Object.values(envelope).some(Boolean)) return envelope
  const { errors: _, ...data } = body
  return Object.keys(data).length > 0 && !('request_id' in body) ? { ...envelope, data } : undefined
}

function objectOf(text: string): JsonObject {
  const body = JSON.parse(text) as Json
  if (!isObject(body)) throw new SyntaxError('the reply is not a JSON object')
  requireFlat(body)
  return body
}

/** Bounds the depth, since printing a value recurses. @throws {Invalid} */
function requireFlat(body: Json): void {
  let [values, depth] = [[body] as readonly Json[], 0]
  while (values.length > 0) {
    if (++depth > MAX_DEPTH) throw new Invalid(`it is nested more than ${MAX_DEPTH} levels deep`)
    values = values.flatMap(each =>
      typeof each === 'object' && each !== null ? Object.values(each) : [],
    )
  }
}

type Reader<T> = (value: Json, name: string) => T

const text: Reader<string> = (value, name) => {
  if (typeof value === 'string') return value
  throw new Invalid(`"${name}" is not a text`)
}

const truth: Reader<boolean> = (value, name) => {
  if (typeof value === 'boolean') return value
  throw new Invalid(`"${name}" is neither true nor false`)
}

const whole: Reader<number> = (value, name) => {
  if (Number.isSafeInteger(value)) return value as number
  throw new Invalid(`"${name}" is not a whole number`)
}

const texts: Reader<readonly string[]> = (value, name) => {
  if (isList(value)) return value.map(each => text(each, name))
  throw new Invalid(`"${name}" is not a list`)
}

const object: Reader<JsonObject> = (value, name) => {
  if (isObject(value)) return value
  throw new Invalid(`"${name}" is not an object`)
}

const pairs: Reader<Readonly<Record<string, string>>> = (value, name) =>
  Object.fromEntries(
    Object.entries(object(value, name)).map(([key, each]) => [key, text(each, name)]),
  )

/** The reader of each field, and its value if it is absent or null; without one it stays absent. */
type Parts<T> = {
  readonly [K in keyof T]-?: readonly [Reader<Exclude<T[K], null | undefined>>, T[K]?]
}

const AUTH: Parts<Auth> = {
  client_token: [text, ''],
  accessor: [text, ''],
  policies: [texts],
  token_policies: [texts],
  identity_policies: [texts],
  metadata: [pairs],
  lease_duration: [whole, 0],
  renewable: [truth, false],
}

const WRAP_INFO: Parts<WrapInfo> = {
  token: [text, ''],
  accessor: [text, ''],
  ttl: [whole, 0],
  creation_time: [text, ''],
  creation_path: [text, ''],
  wrapped_accessor: [text],
}

const ENVELOPE: Parts<Envelope> = {
  request_id: [text, ''],
  lease_id: [text, ''],
  lease_duration: [whole, 0],
  renewable: [truth, false],
  data: [object, null],
  warnings: [texts, null],
  auth: [(value, name) => ({ ...object(value, name), ...read(object(value, name), AUTH) }), null],
  wrap_info: [
    (value, name) => ({ ...object(value, name), ...read(object(value, name), WRAP_INFO) }),
    null,
  ],
}

function read<T>(body: JsonObject, parts: Parts<T>): T {
  const entries = Object.entries<readonly [Reader<unknown>, unknown?]>(parts)
  return Object.fromEntries(
    entries
      .map(([name, [reader, absent]]) => {
        const value = Object.hasOwn(body, name) ? body[name] : undefined
        return [name, value === undefined || value === null ? absent : reader(value, name)] as const
      })
      .filter(([, value]) => value !== undefined),
  ) as T
}
