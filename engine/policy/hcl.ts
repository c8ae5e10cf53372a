import { Invalid } from '../../shared/invalid.ts'
import { type HclToken, hclTokens, type Syntax } from './hcl-tokens.ts'

/** The syntax tree of a policy. */
export interface HclBody {
  readonly items: readonly HclItem[]
}

/** `key = value`, or `key "label" { … }`, where `keys` has the key and the label. */
export interface HclItem {
  readonly keys: readonly string[]
  readonly value: HclValue
  readonly line: number
}

export type HclValue = string | number | boolean | readonly HclValue[] | HclBody

/**
 * Parses the part of HCL 1 that policies use, or JSON if the text begins with `{`. Keys may repeat. Both syntaxes result in the same tree,
 * except that JSON has no labels: its blocks are nested. Contract §5.1.
 * @throws {Invalid} with the line
 */
export function parseHcl(source: string): HclBody {
  const syntax = /^[\s\uFEFF]*\{/.test(source) ? 'json' : 'hcl'
  const parser = new Parser(hclTokens(source, syntax), syntax)
  const body = parser.whole()
  if (syntax === 'json') requireJson(source)
  return body
}

export const isBody = (value: HclValue): value is HclBody =>
  typeof value === 'object' && 'items' in value

/** The deepest nesting, which bounds the stack. */
const MAX_DEPTH = 32

class Parser {
  readonly #tokens: readonly HclToken[]
  readonly #syntax: Syntax
  #at = 0
  #depth = 0

  constructor(tokens: readonly HclToken[], syntax: Syntax) {
    this.#tokens = tokens
    this.#syntax = syntax
  }

  whole(): HclBody {
    if (this.#syntax === 'json') this.#expect('{')
    const body = this.#body(this.#syntax === 'json' ? '}' : 'the end')
    if (this.#syntax === 'json' && this.#next.kind !== 'end') throw unexpected(this.#next)
    return body
  }

  get #next(): HclToken {
    // the last token is the end, which is never consumed
    return this.#tokens[this.#at] as HclToken
  }

  /** Items up to `end`, which is consumed. */
  #body(end: '}' | 'the end'): HclBody {
    const items: HclItem[] = []
    while (!this.#is(end)) {
      items.push(this.#item())
      if (this.#is(',')) this.#at++
    }
    if (end === '}') this.#at++
    return { items }
  }

  #item(): HclItem {
    const { line } = this.#next
    const keys = [this.#key()]
    while (this.#syntax === 'hcl' && !this.#is('=') && !this.#is('{')) keys.push(this.#key())
    if (!this.#is('{') || this.#syntax === 'json') {
      if (keys.length > 1) throw unexpected(this.#next)
      this.#expect(this.#syntax === 'json' ? ':' : '=')
    }
    return { keys, value: this.#value(), line }
  }

  #key(): string {
    const token = this.#next
    if (token.kind !== 'text' && token.kind !== 'word') throw unexpected(token)
    this.#at++
    return token.value
  }

  #value(): HclValue {
    const token = this.#next
    if (++this.#depth > MAX_DEPTH) throw new Invalid(`nested too deeply on line ${token.line}`)
    const value = this.#valueOf(token)
    this.#depth--
    return value
  }

  #valueOf(token: HclToken): HclValue {
    this.#at++
    if (token.kind === 'text') return token.value
    if (token.kind === 'number') return Number(token.value)
    if (token.kind === 'word' && (token.value === 'true' || token.value === 'false'))
      return token.value === 'true'
    if (token.kind === 'mark' && token.value === '[') return this.#list()
    if (token.kind === 'mark' && token.value === '{') return this.#body('}')
    throw unexpected(token)
  }

  #list(): readonly HclValue[] {
    const values: HclValue[] = []
    while (!this.#is(']')) {
      values.push(this.#value())
      if (!this.#is(']')) this.#expect(',')
    }
    this.#at++
    return values
  }

  #is(value: string): boolean {
    const { kind, value: found } = this.#next
    return (kind === 'mark' || kind === 'end') && found === value
  }

  #expect(mark: string): void {
    if (!this.#is(mark)) throw unexpected(this.#next)
    this.#at++
  }
}

/** Requires strict JSON, since the parser accepts more, such as comments and missing commas. @throws {Invalid} */
function requireJson(source: string): void {
  try {
    JSON.parse(source.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new Invalid(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

const unexpected = ({ kind, value, line }: HclToken) =>
  kind === 'end'
    ? new Invalid(`the text ends too early, on line ${line}`)
    : new Invalid(`unexpected ${JSON.stringify(value)} on line ${line}`)
