import { hash } from 'node:crypto'
import { cutText } from './cut-text.ts'

/** How many members and elements of a request, or of an answer, are shown where nothing else is said. */
const VALUES = 500

/** The longest name of a member, and the longest text that is not hashed; in characters. */
const NAME = 256
const TEXT = 16_384

/** What a line shows of a value, and how much it leaves out. */
export interface ShownValue {
  readonly value: unknown
  /** Members and elements that are counted only. */
  readonly omitted: number
}

interface Rules {
  /** What is shown of a text, or of bytes; `undefined` shows texts as they are. */
  readonly hashed: ((data: string | Uint8Array) => string) | undefined
  /** Whether what stands under this name may be read. */
  readonly isPlain: (name: string, value: unknown) => boolean
  readonly most?: number | undefined
}

/**
 * A value as a line shows it. What is shown is bounded, however much was sent: names are cut, and of many values the first are
 * hashed and the others counted. Only plain objects, arrays and scalars are looked into. Of bytes the length and one hash are
 * shown, and of everything else only its class.
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
    // its members are its own business, and may be secret
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

  /** Whether there is room for one value more. If there is not, it is counted with all that is in it. */
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
