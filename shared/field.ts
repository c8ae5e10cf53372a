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
 * One named value of a request or of a configuration file: what it means, what stands in for it when it is absent, and how
 * it is read. Clients send most values as strings, so reading coerces as Vault does (contract §1.6).
 */
export interface Field<T> {
  /** Vault's name of the type, shown by path-help. */
  readonly type: string
  readonly description: string
  readonly default: T
  /** JSON schema of the value, for OpenAPI. */
  readonly schema: object
  /** Source of the regular expression a value in a path must match. */
  readonly pattern: string
  /** A text is read as several, with commas between them. */
  readonly separated: boolean
  /** The name of the field that means the same; clients of old send this one. */
  readonly olderNameOf?: string
  /** May stand unhashed in the audit log. */
  readonly plain: boolean
  /** Must be sent: always, or in the cases that a text such as "for roles of type otp" says. For people; handlers check it. */
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
 * Makes a kind of field. `parse` is never shown an absent value: that takes the field's default, or is `undefined` without one.
 * A JSON null counts as absent.
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

/** What is said of a field where people read about it, whether it must be sent first. */
export const explained = ({ description, required }: Field<unknown>): string =>
  required === undefined
    ? description
    : `[Required${required === true ? '' : ` ${required}`}] ${description}`

/** The same field under the name that clients of old send. */
export function older<T>(name: string, field: Field<T>): Field<T> {
  const { required: _, ...rest } = field
  return { ...rest, description: `Older name of ${name}.`, olderNameOf: name }
}

export const string = fieldKind({ type: 'string', schema: { type: 'string' }, parse: parseString })

/** A text of several, with commas between them, which is kept as it was written. */
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

/** The same, also less than nothing: `-1`, `"-30s"`. */
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

/** Texts, from a list or from one text with commas. Items are trimmed. */
export const list = fieldKind({
  type: 'slice',
  schema: { type: 'array', items: { type: 'string' } },
  separated: true,
  parse: parseList,
})

/** Lines of a file, from one text or from a list. Lines are trimmed, empty ones left out. */
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

/** Names and texts, as a map or as texts such as `key=value`, one or a list. */
export const keyValues = fieldKind({
  type: 'keypair',
  schema: { type: 'object', additionalProperties: { type: 'string' } },
  parse: parsePairs,
})

/** Metadata: names and texts, as a map or as texts such as `key=value`, one or a list. Bounded as in Vault. */
export const pairs = fieldKind({
  type: 'map',
  schema: { type: 'object', additionalProperties: { type: 'string' } },
  parse(raw) {
    const metadata = parsePairs(raw)
    checkMetadata(metadata)
    return metadata
  },
})

/** Bytes of a name that something is stored under. */
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

/** All that is left of a path, slashes included, which names something; may be empty. */
export const rest = fieldKind({
  type: 'string',
  schema: { type: 'string' },
  pattern: '.*?',
  parse: parseName,
})

/** The same where nothing is stored under it, or what was named by the engine: at any length. */
export const longRest = fieldKind({
  type: 'string',
  schema: { type: 'string' },
  pattern: '.*?',
  parse: parseString,
})

/** One of `choices`, in any case. */
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
