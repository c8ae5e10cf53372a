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

type Reader<T> = (value: Json, name: string) => T

/** Reads what a body says of an envelope; what it leaves out is empty. @throws {Invalid} where it says it in another form */
export const readEnvelope = (body: JsonObject): Envelope => read(body, ENVELOPE)

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

/** How each part is read, and what it is where it is left out or null; without that it stays so. */
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
