import { inspect } from 'node:util'

/**
 * Text that must not reach a log, an error or an audit line.
 * Printed in any way it is `[secret]`; only `reveal` returns the text, so `grep reveal` finds every use.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}
