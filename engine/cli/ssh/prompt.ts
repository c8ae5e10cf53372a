/** Who logs in where, in the words of ssh. */
export interface Login {
  readonly user: string
  /** The name under which ssh speaks of the host. */
  readonly host: string
  /** The process that ssh runs as; absent until it runs. */
  readonly pid: number | undefined
}

interface Prompt {
  readonly text: string
  /** The process that asks. */
  readonly asker: number
}

/**
 * Whether a prompt asks for the password of just this login. On its way to the host ssh may ask for others, which must never
 * be given the one-time password: a host on the way (ProxyJump), a passphrase, whether to trust a key.
 *
 * OpenSSH names user and host since 8.5; before, only that our own ssh asks tells the one prompt from the other.
 */
export function asksForPassword({ text, asker }: Prompt, { user, host, pid }: Login): boolean {
  const [, named, question = text] = KEYBOARD.exec(text) ?? PLAIN.exec(text) ?? []
  const isOwn = named === undefined ? asker === pid : named === `${user}@${host}`
  return isOwn && PASSWORD.test(question) && !OTHER.test(question)
}

/** How ssh begins the prompts of keyboard-interactive, and those of the method `password`. */
const KEYBOARD = /^\((.+?@.+?)\) (.*)$/s
const PLAIN = /^(.+@.+)'s (password: )$/

const PASSWORD = /(?:password|passcode|one-time|otp)[^\n]*:\s*$/i
const OTHER = /passphrase|\bPIN\b|yes\/no|\b(?:new|old|current)\)? (?:unix )?password/i
