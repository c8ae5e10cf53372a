import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'

export interface HashRules {
  /** Random, its own for every device, in hexadecimal. */
  readonly salt: string
  /** Nothing is hashed. */
  readonly raw: boolean
  /** Accessors are hashed, too. */
  readonly accessors: boolean
}

/** Times as programs write them, which are never hashed. RFC 3339. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/** Makes what must not be read from a device's lines unreadable, and the same text the same each time. Contract §6.2. */
export class Hasher {
  readonly #key: KeyObject
  readonly #rules: HashRules

  constructor(rules: HashRules) {
    // a key object, because making one out of bytes costs six times as much as the hash
    this.#key = createSecretKey(rules.salt, 'hex')
    this.#rules = rules
  }

  /** The hash of a text, whatever the rules of the device: what an auditor looks up. */
  hash(text: string): string {
    return `hmac-sha256:${createHmac('sha256', this.#key).update(text).digest('hex')}`
  }

  /** What the device shows of a text. */
  text(text: string): string {
    return this.#rules.raw ? text : this.hash(text)
  }

  accessor(text: string): string {
    return this.#rules.accessors ? this.text(text) : text
  }

  /** What the device shows of a value: all texts in it hashed, but times and what stands under a name that may be shown. */
  value(value: unknown, shown: (key: string, value: unknown) => boolean): unknown {
    if (this.#rules.raw) return value
    const visit = (part: unknown): unknown => {
      if (typeof part === 'string') return isTime(part) ? part : this.hash(part)
      if (Array.isArray(part)) return part.map(visit)
      if (typeof part !== 'object' || part === null) return part
      return Object.fromEntries(
        Object.entries(part).map(([key, inner]) => [key, shown(key, inner) ? inner : visit(inner)]),
      )
    }
    return visit(value)
  }
}

const isTime = (text: string) => TIME.test(text) && !Number.isNaN(Date.parse(text))
