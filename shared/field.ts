import { parseDuration } from './duration.ts'
import { Invalid } from './invalid.ts'
import { checkMetadata } from './metadata.ts'
import {
  kindOf,
  parseBoolean,
  parseInteger,
  parseList,
  parseMap,
  parsePairs,
  parseString,
} from './raw-value.ts'

/**
 * A named value of a request or of a configuration file: its meaning, default and parser. Clients send most values as strings, so
 * parsing coerces as Vault does (contract §1.6).
 */
export interface Field<T> {
  /** Vault's name of the type, shown by path-help. */
  readonly type: string
  readonly description: string
  readonly default: T
  /** JSON schema of the value, for OpenAPI. */
  readonly schema: object
  /** Source of the regular expression that a value in a path must match. */
  readonly pattern: string
  /** The value is a comma-separated list. */
  readonly separated: boolean
  /** The name of the field that replaces this one, which older clients send. */
  readonly olderNameOf?: string
  /** Not hashed in the audit log. */
  readonly plain: boolean
  /** Required: always, or in the cases that a text such as "for roles of type otp" says. For the documentation; handlers check it. */
  readonly required?: true | string
  /** @throws {Invalid} with a sentence that begins with what was wrong */
  read(raw: unknown): T
}

export type Fields = Readonly<Record<string, Field<unknown>>>

export type Values<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never
}

interface Options<T> {
  readonly description: string
  readonly default?: T
  readonly plain?: boolean
  readonly required?: true | string
}

interface Kind<T> {
  readonly type: string
  readonly schema: object
  readonly pattern?: string
  readonly separated?: boolean
  readonly parse: (raw: unknown) => T
}

/**
 * Makes a kind of field. `parse` is not called for an absent value or a JSON null: the value is then the field's default, or `undefined`
 * without one.
 */
export function fieldKind<T>({
  type,
  schema,
  pattern = '[^/]+',
  separated = false,
  parse,
}: Kind<T>) {
  function field(options: Options<T> & { readonly default: T }): Field<T>
  function field(options: Options<T>): Field<T | undefined>
  function field({
    description,
    default: fallback,
    plain = false,
    required,
  }: Options<T>): Field<T | undefined> {
    return {
      type,
      description,
      default: fallback,
      schema,
      pattern,
      separated,
      plain,
      ...(required !== undefined && { required }),
      read: raw => (raw === undefined || raw === null ? fallback : parse(raw)),
    }
  }
  return field
}

/** The description of a field in the documentation, after whether it is required. */
export const explained = ({ description, required }: Field<unknown>): string =>
  required === undefined
    ? description
    : `[Required${required === true ? '' : ` ${required}`}] ${description}`

/** The same field under the name that older clients send. */
export function older<T>(name: string, field: Field<T>): Field<T> {
  const { required: _, ...rest } = field
  return { ...rest, description: `Older name of ${name}.`, olderNameOf: name }
}

export const string = fieldKind({ type: 'string', schema: { type: 'string' }, parse: parseString })

/** A comma-separated list, stored as it was written. */
export const separated = fieldKind({
  type: 'string',
  schema: { type: 'string' },
  separated: true,
  parse: parseString,
})

export const integer = fieldKind({ type: 'int', schema: { type: 'integer' }, parse: parseInteger })

export const boolean = fieldKind({ type: 'bool', schema: { type: 'boolean' }, parse: parseBoolean })

/** Seconds, from any form that {@link parseDuration} reads. */
export const duration = fieldKind({
  type: 'duration (sec)',
  schema: { type: 'string', format: 'duration' },
  parse(raw) {
    if (typeof raw === 'string' || typeof raw === 'number') return parseDuration(raw)
    throw new Invalid(`expected a duration, got ${kindOf(raw)}`)
  },
})

/** The same, also negative: `-1`, `"-30s"`. */
export const signedDuration = fieldKind({
  type: 'signed duration (sec)',
  schema: { type: 'string', format: 'duration' },
  parse(raw) {
    const text = typeof raw === 'number' ? String(raw) : raw
    if (typeof text !== 'string') throw new Invalid(`expected a duration, got ${kindOf(raw)}`)
    const [, minus, rest = ''] = /^\s*(-?)(.*)$/s.exec(text) ?? []
    return minus ? 0 - parseDuration(rest) : parseDuration(rest)
  },
})

/** A list of strings, also from one comma-separated string. Items are trimmed. */
export const list = fieldKind({
  type: 'slice',
  schema: { type: 'array', items: { type: 'string' } },
  separated: true,
  parse: parseList,
})

/** Lines, from one string or from a list. They are trimmed; empty ones are left out. */
export const lines = fieldKind({
  type: 'slice',
  schema: { type: 'array', items: { type: 'string' } },
  parse: raw =>
    (Array.isArray(raw) ? raw.map(parseString) : [parseString(raw)])
      .flatMap(text => text.split('\n'))
      .map(line => line.trim())
      .filter(line => line !== ''),
})

export const map = fieldKind({ type: 'map', schema: { type: 'object' }, parse: parseMap })

/** A map of strings, also from `key=value` strings, one or a list. */
export const keyValues = fieldKind({
  type: 'keypair',
  schema: { type: 'object', additionalProperties: { type: 'string' } },
  parse: parsePairs,
})

/** Metadata: as {@link keyValues}, with Vault's limits. */
export const pairs = fieldKind({
  type: 'map',
  schema: { type: 'object', additionalProperties: { type: 'string' } },
  parse(raw) {
    const metadata = parsePairs(raw)
    checkMetadata(metadata)
    return metadata
  },
})

/** Bytes of a name in storage at the most. */
export const LONGEST_NAME = 1024

function parseName(raw: unknown): string {
  const text = parseString(raw)
  if (Buffer.byteLength(text) > LONGEST_NAME)
    throw new Invalid(`a name has ${LONGEST_NAME} bytes at the most`)
  return text
}

/** A name in a path, of a role for example: word characters, with `.`, `-` and `@` inside. Contract §2. */
export const name = fieldKind({
  type: 'string',
  schema: { type: 'string' },
  pattern: '\\w(?:[\\w.@-]*\\w)?',
  parse: parseName,
})

/** The rest of a path, slashes included, as a name; may be empty. */
export const rest = fieldKind({
  type: 'string',
  schema: { type: 'string' },
  pattern: '.*?',
  parse: parseName,
})

/** The same without a limit: for names that are not stored, or that the engine made. */
export const longRest = fieldKind({
  type: 'string',
  schema: { type: 'string' },
  pattern: '.*?',
  parse: parseString,
})

/** One of `choices`, in upper or lower case. */
export function oneOf<const T extends string>(...choices: readonly T[]) {
  return fieldKind({
    type: 'string',
    schema: { type: 'string', enum: choices },
    parse(raw) {
      const text = parseString(raw).toLowerCase()
      const choice = choices.find(each => each === text)
      if (choice === undefined) throw new Invalid(`"${text}" is not one of ${choices.join(', ')}`)
      return choice
    },
  })
}
