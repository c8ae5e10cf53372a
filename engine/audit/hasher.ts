import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { cutText } from './cut-text.ts'
import { type ShownValue, shownValue } from './plaintext-value.ts'

export interface HashRules {
  /** Random, its own for every device, in hexadecimal. */
  readonly salt: string
  /** Nothing is hashed. */
  readonly raw: boolean
  /** Accessors are hashed, too. */
  readonly accessors: boolean
}

/** Times as programs write them, which are never hashed. RFC 3339. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/** The longest text that is shown as it is, in characters. */
const LONGEST = 16_384

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
  hash(text: string | Uint8Array): string {
    return `hmac-sha256:${createHmac('sha256', this.#key).update(text).digest('hex')}`
  }

  /** What the device shows of a text. */
  text(text: string): string {
    return this.#rules.raw ? cutText(text, LONGEST) : this.hash(text)
  }

  accessor(text: string): string {
    return this.#rules.accessors ? this.text(text) : text
  }

  /**
   * What the device shows of a value: all texts in it hashed, but times and what stands under a name that may be shown.
   * @param most members and elements that are shown
   */
  value(
    value: unknown,
    isPlain: (name: string, value: unknown) => boolean,
    most?: number,
  ): ShownValue {
    const hashed = (data: string | Uint8Array) =>
      typeof data === 'string' && isTime(data) ? data : this.hash(data)
    return shownValue(value, { hashed: this.#rules.raw ? undefined : hashed, isPlain, most })
  }
}

const isTime = (text: string) => TIME.test(text) && !Number.isNaN(Date.parse(text))
