import { hash } from 'node:crypto'
import { cutText } from './cut-text.ts'

/** Members and elements of a request or reply that are shown by default. */
const VALUES = 500

/** The longest name of a member, and the longest text that is not hashed; in characters. */
const NAME = 256
const TEXT = 16_384

/** A value as a line shows it, and how much of it is left out. */
export interface ShownValue {
  readonly value: unknown
  /** Members and elements that are only counted. */
  readonly omitted: number
}

interface Rules {
  /** Hashes a text or bytes; `undefined` shows texts in plain. */
  readonly hashed: ((data: string | Uint8Array) => string) | undefined
  /** Whether a member with this name is shown in plain. */
  readonly isPlain: (name: string, value: unknown) => boolean
  readonly most?: number | undefined
}

/**
 * A value as a line shows it. The result is bounded: names are cut, and of many values the first are hashed and the others
 * counted. Only plain objects and arrays are visited. Bytes are shown as their length and one hash, every other object as its
 * class.
 */
export function shownValue(whole: unknown, rules: Rules): ShownValue {
  const walk = new Walk(rules)
  return { value: walk.visit(whole, false), omitted: walk.omitted }
}

class Walk {
  readonly #rules: Rules
  #shown = 0
  omitted = 0

  constructor(rules: Rules) {
    this.#rules = rules
  }

  visit(value: unknown, plain: boolean): unknown {
    if (typeof value === 'string') return this.#text(value, plain)
    if (Array.isArray(value)) return this.#elements(value, plain)
    if (value instanceof Uint8Array) return this.#bytes(value)
    if (typeof value === 'object' && value !== null) return this.#members(value, plain)
    return typeof value === 'function' || typeof value === 'symbol' ? undefined : value
  }

  #text(text: string, plain: boolean): string {
    const { hashed } = this.#rules
    return hashed && !plain ? hashed(text) : cutText(text, TEXT)
  }

  #bytes(bytes: Uint8Array): object {
    const { hashed = each => hash('sha256', each, 'hex') } = this.#rules
    return { bytes: bytes.length, hash: hashed(bytes) }
  }

  #elements(values: readonly unknown[], plain: boolean): unknown[] {
    const shown: unknown[] = []
    for (const value of values) if (this.#takes(value)) shown.push(this.visit(value, plain))
    return shown
  }

  #members(object: object, plain: boolean): unknown {
    const prototype = Object.getPrototypeOf(object)
    // members of other classes may be secret
    if (prototype !== Object.prototype && prototype !== null)
      return `[${prototype.constructor?.name ?? 'object'}]`
    const shown: [string, unknown][] = []
    for (const [name, value] of Object.entries(object))
      if (this.#takes(value)) {
        const readable = plain || this.#rules.isPlain(name, value)
        shown.push([cutText(name, NAME), this.visit(value, readable)])
      }
    return Object.fromEntries(shown)
  }

  /** Whether one more value is shown. If not, it is counted with everything in it. */
  #takes(value: unknown): boolean {
    if (this.#shown < (this.#rules.most ?? VALUES)) {
      this.#shown++
      return true
    }
    this.omitted++
    if (Array.isArray(value)) for (const each of value) this.#takes(each)
    else if (isPlainObject(value)) for (const each of Object.values(value)) this.#takes(each)
    return false
  }
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
