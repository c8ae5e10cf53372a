import { Secret } from '../shared/secret.ts'

/** Names of members, at any depth, whose values may be secret. */
const UNSPOKEN =
  /token|otp|passw|secret|authorization|cookie|header|body|data|payload|packet|private|^key$|keypem|pem$/i
const DEPTH = 4
const LENGTH = 2048
const ITEMS = 50

/** A token within a text. */
const TOKEN = /\bhv[sb]\.[\w-]+/g

/**
 * The facts that a log may show: texts, numbers and booleans under harmless names, and the name, code, message and stack of an
 * error. Other members of errors and of library objects are left out, because they may contain bytes of a request.
 */
export function plainFacts(facts: object): Record<string, unknown> {
  return members(facts, DEPTH)
}

function members(value: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      UNSPOKEN.test(name) &&
      typeof inner !== 'number' &&
      typeof inner !== 'boolean' &&
      inner !== undefined
        ? '[secret]'
        : plain(inner, depth - 1),
    ]),
  )
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return scrubbed(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Secret) return String(value)
  if (value instanceof Date) return value
  if (depth <= 0) return '[more]'
  if (value instanceof Error) return described(value, depth)
  if (Array.isArray(value)) return value.slice(0, ITEMS).map(item => plain(item, depth - 1))
  const prototype = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return members(value, depth)
  return `[${prototype.constructor?.name ?? 'object'}]`
}

function described(error: Error, depth: number): object {
  const { name, message, stack, cause } = error
  const code = 'code' in error ? error.code : undefined
  return {
    name,
    message: scrubbed(message),
    ...(typeof code === 'string' && { code }),
    ...(stack !== undefined && { stack: scrubbed(stack) }),
    ...(error instanceof AggregateError && { errors: plain(error.errors, depth - 1) }),
    ...(cause !== undefined && { cause: plain(cause, depth - 1) }),
  }
}

/** A text without tokens and of bounded length. */
function scrubbed(text: string): string {
  const short = text.length > LENGTH ? `${text.slice(0, LENGTH)}…` : text
  return short.replace(TOKEN, '[secret]')
}
