import { parseAddress } from '../../../shared/address.ts'

/** Who logs in where, in the words of ssh. */
export interface Login {
  readonly user: string
  /** The name under which ssh speaks of the host. */
  readonly host: string
  /** The process that ssh runs as; absent until it runs. */
  readonly pid: number | undefined
  /** The host is reached through another, which may ask for passwords of its own, in any words. */
  readonly proxied: boolean
}

interface Prompt {
  readonly text: string
  /** The process that asks. */
  readonly asker: number
}

/**
 * Whether a prompt asks for the one-time password of just this login: it is this login's, and in the words of the helper's PAM line.
 * Other modules of the same host ask in other words, and get nothing.
 */
export const asksForPassword = (prompt: Prompt, login: Login): boolean =>
  isOfLogin(prompt, login) && PASSWORD.test(split(prompt.text).question)

/**
 * Whether a prompt comes from the host of this login. On its way ssh may ask for other things, which must never be given the one-time
 * password: a host on the way (ProxyJump, ProxyCommand), a passphrase, whether to trust a key.
 *
 * OpenSSH names user and host since 8.5. Before, a prompt is whatever the host says, so only the asking process tells; and a host on the
 * way can have the same user and name, or say that it has. On a direct login the name is enough: `ssh` may be a script that runs ssh.
 */
export function isOfLogin({ text, asker }: Prompt, login: Login): boolean {
  const { spoken } = split(text)
  if (spoken === undefined) return asker === login.pid
  return isNamed(spoken, login) && (asker === login.pid || !login.proxied)
}

/** As {@link isOfLogin}, without what ssh itself asks: whether to trust a key, or for what opens one. */
export const isOfHost = (prompt: Prompt, login: Login): boolean =>
  isOfLogin(prompt, login) && !/yes.{1,8}no|^Enter (?:passphrase|PIN)\b/i.test(prompt.text)

/** Whether a prompt has the words of this login, but comes from another process than the one that may ask. */
export const isForged = (prompt: Prompt, login: Login): boolean =>
  !isOfLogin(prompt, login) && asksForPassword(prompt, { ...login, pid: prompt.asker })

/** What libpam asks for pam_exec, with and without the blank at its end. */
const PASSWORD = /^Password: ?$/

function split(text: string): { readonly spoken: string | undefined; readonly question: string } {
  const [, spoken, question = text] = /^\((.+?@.+?)\) (.*)$/s.exec(text) ?? []
  return { spoken, question }
}

function isNamed(spoken: string, { user, host }: Login): boolean {
  // a user name may hold an @, a host name may not
  const at = spoken.lastIndexOf('@')
  return spoken.slice(0, at) === user && canonical(spoken.slice(at + 1)) === canonical(host)
}

/** ssh writes names in small letters, and addresses in their shortest form, whatever was typed. */
const canonical = (host: string): string => parseAddress(host) ?? host.toLowerCase()
