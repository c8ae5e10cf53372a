import { parseAddress } from '../../../shared/address.ts'

/** A login, as ssh names it in its prompts. */
export interface Login {
  readonly user: string
  /** The name of the host in prompts. */
  readonly host: string
  /** Process id of ssh; undefined until it runs. */
  readonly pid: number | undefined
  /** Whether ssh connects through a jump host or proxy, which may ask for its own passwords, in any words. */
  readonly proxied: boolean
}

interface Prompt {
  readonly text: string
  /** Process id of the program that asks. */
  readonly asker: number
}

/**
 * Whether a prompt asks for the one-time password of this login: it belongs to this login and has the text of the helper's PAM line. Other
 * PAM modules of the host ask with other texts and get nothing.
 */
export const asksForPassword = (prompt: Prompt, login: Login): boolean =>
  isOfLogin(prompt, login) && PASSWORD.test(split(prompt.text).question)

/**
 * Whether a prompt comes from the host of this login. Other prompts must never get the one-time password: those of a jump host (ProxyJump,
 * ProxyCommand), for a passphrase, or about a host key.
 *
 * OpenSSH names user and host since 8.5. Before that, a prompt is whatever the host sends, so only the process that asks identifies it. A
 * jump host can have, or claim, the same user and name. For a direct login the name suffices: `ssh` may be a script that runs ssh.
 */
export function isOfLogin({ text, asker }: Prompt, login: Login): boolean {
  const { spoken } = split(text)
  if (spoken === undefined) return asker === login.pid
  return isNamed(spoken, login) && (asker === login.pid || !login.proxied)
}

/** As {@link isOfLogin}, but not for prompts of ssh itself: about a host key, or for a passphrase or PIN. */
export const isOfHost = (prompt: Prompt, login: Login): boolean =>
  isOfLogin(prompt, login) && !/yes.{1,8}no|^Enter (?:passphrase|PIN)\b/i.test(prompt.text)

/** Whether a prompt has the text of this login, but comes from another process than its ssh. */
export const isForged = (prompt: Prompt, login: Login): boolean =>
  !isOfLogin(prompt, login) && asksForPassword(prompt, { ...login, pid: prompt.asker })

/** The prompt of libpam for pam_exec, with or without the trailing blank. */
const PASSWORD = /^Password: ?$/

function split(text: string): { readonly spoken: string | undefined; readonly question: string } {
  const [, spoken, question = text] = /^\((.+?@.+?)\) (.*)$/s.exec(text) ?? []
  return { spoken, question }
}

function isNamed(spoken: string, { user, host }: Login): boolean {
  // a user name may contain an @, a host name may not
  const at = spoken.lastIndexOf('@')
  return spoken.slice(0, at) === user && canonical(spoken.slice(at + 1)) === canonical(host)
}

/** ssh prints names in lower case, and addresses in their shortest form. */
const canonical = (host: string): string => parseAddress(host) ?? host.toLowerCase()
