import { timeOf } from '../format-time.ts'
import { text } from '../text.ts'
import { wordFor } from '../word-for.ts'

/** How a password has ended. */
export interface OtpOutcome {
  readonly state: 'used' | 'refused' | 'expired' | 'revoked' | 'unknown'
  readonly time?: string
  /** How often it may still be refused; it is valid while this is not 0. */
  readonly misses_left?: number
  /** Why it was refused. */
  readonly reason?: string
  readonly host?: string
  readonly ip?: string
  readonly client_address?: string
  readonly last_replay?: { readonly client_address?: string }
}

/** What the user of a refused password can do, by the reason that the engine gives; undefined for other reasons. */
export const adviceFor = (reason: string | undefined): string | undefined =>
  reason === undefined ? undefined : wordFor(text.password.advice, reason)

/** What became of a password, in words for its user. */
export function outcomeText(outcome: OtpOutcome): string {
  const words = text.password
  const { state, reason = '', time, host, ip, client_address: address } = outcome
  const at = timeOf(time) ?? ''
  const on = host ?? ip
  const where = on === undefined ? '' : words.on(on)
  const from = address === undefined ? '' : words.from(address)
  const replay = outcome.last_replay?.client_address
  const again = replay === undefined ? '' : ` ${words.replayed(replay)}`
  switch (state) {
    case 'used':
      return `${words.used(at, where, from)}.${again}`
    case 'refused':
      return `${words.refused(at, where, reason)}.`
    case 'expired':
      return words.expired
    case 'revoked':
      return words.revoked
    case 'unknown':
      return words.unknown
  }
}
