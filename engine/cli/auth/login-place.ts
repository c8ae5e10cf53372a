import type { Envelope } from '../envelope.ts'
import { EXIT, Failure } from '../failure.ts'
import { valueText } from '../value-text.ts'

/** Where the user logs in at the provider. */
export interface LoginPlace {
  readonly href: string
  /** In the browser's redirect, or for polls. */
  readonly state: string
  /** Seconds between polls; `undefined` if the provider redirects the browser to this machine. */
  readonly interval: number | undefined
  /** What the user must enter there. */
  readonly userCode: string | undefined
  /** What the page shows, if it need not be entered. */
  readonly shownCode: string | undefined
}

const MODES = ['client', 'device', 'direct'] as const

/** How the login comes back from the provider; `undefined` for what the role says. */
export type CallbackMode = (typeof MODES)[number] | undefined

/** @throws {Failure} */
export function callbackModeOf(text: string): CallbackMode {
  const mode = MODES.find(each => each === text)
  if (mode || text === '') return mode
  throw new Failure(`'callbackmode' must be one of ${MODES.join(', ')}`)
}

interface Asked {
  readonly role: string
  readonly redirect_uri: string
  readonly mode: CallbackMode
}

/** Reads where to log in from a reply of `oidc/auth_url`. @throws {Failure} */
export function placeOf(reply: Envelope | undefined, asked: Asked): LoginPlace {
  const text = (name: string) => valueText(reply?.data?.[name] ?? '')
  const url = URL.parse(text('auth_url'))
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Failure(
      `Unable to authorize role ${JSON.stringify(asked.role)} with redirect_uri ${JSON.stringify(asked.redirect_uri)}: the role must allow it`,
      EXIT.server,
    )
  const polled = text('state')
  const isPolled = polled !== ''
  if (asked.mode && isPolled !== (asked.mode !== 'client')) throw otherMode(asked, asked.mode)
  const state = polled || url.searchParams.get('state')
  if (!state)
    throw new Failure('unexpected response of the server: its auth_url has no state', EXIT.server)
  return {
    href: url.href,
    state,
    interval: isPolled ? secondsOf(text('poll_interval')) : undefined,
    userCode: text('user_code') || undefined,
    shownCode: url.searchParams.get('user_code') ?? undefined,
  }
}

function otherMode({ role }: Asked, mode: string): Failure {
  const named = role === '' ? 'the role' : `the role ${JSON.stringify(role)}`
  return new Failure(
    mode === 'client'
      ? `state returned in client callback mode: leave out callbackmode=client, since ${named} has another callback_mode`
      : `no state returned in ${mode} callback mode: ${named} must have callback_mode=${mode}; without callbackmode=, its own is used`,
    EXIT.server,
  )
}

function secondsOf(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
  throw new Failure(
    `unexpected response of the server: poll_interval is ${JSON.stringify(text)}`,
    EXIT.server,
  )
}
