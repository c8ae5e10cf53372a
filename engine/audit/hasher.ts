import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { cutText } from './cut-text.ts'
import { type ShownValue, shownValue } from './plaintext-value.ts'

export interface HashRules {
  /** Random, one for each device, in hexadecimal. */
  readonly salt: string
  /** Hash nothing. */
  readonly raw: boolean
  /** Hash accessors, too. */
  readonly accessors: boolean
}

/** Times in the format of RFC 3339, which are never hashed. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/** The longest text that is shown as it is, in characters. */
const LONGEST = 16_384

/** Hashes secret values with the salt of a device, so that equal texts have equal hashes. Contract §6.2. */
export class Hasher {
  readonly #key: KeyObject
  readonly #rules: HashRules

  constructor(rules: HashRules) {
    // a key object: importing the bytes for every hash would cost six times as much as the hash
    this.#key = createSecretKey(rules.salt, 'hex')
    this.#rules = rules
  }

  /** The hash of a text, even on a device that hashes nothing: `sys/audit-hash` returns it. */
  hash(text: string | Uint8Array): string {
    return `hmac-sha256:${createHmac('sha256', this.#key).update(text).digest('hex')}`
  }

  /** A text as the device shows it. */
  text(text: string): string {
    return this.#rules.raw ? cutText(text, LONGEST) : this.hash(text)
  }

  accessor(text: string): string {
    return this.#rules.accessors ? this.text(text) : text
  }

  /**
   * A value as the device shows it: all texts are hashed except times and members for which `isPlain` holds.
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
