import type { Signal } from '../preact.ts'
import type { OtpOutcome } from './otp-outcome.ts'

/** A password or a key that was issued to this session; its secret is in memory only. */
export interface Credential {
  readonly kind: 'otp' | 'dynamic'
  readonly mount: string
  readonly role: string
  /** As the user wrote it. */
  readonly host: string
  readonly user: string
  readonly port: number
  readonly lease: string
  /** The password or the private key; undefined once it is worth nothing. */
  readonly secret: Signal<string | undefined>
  /** When it expires by the monotonic clock, in milliseconds. */
  readonly expires: number
  /** Milliseconds from the request to the end. */
  readonly lifetime: number
  /** What became of it; undefined while it is valid. */
  readonly outcome: Signal<OtpOutcome | undefined>
  /** The last time that a host refused it, while it is still valid. */
  readonly refusal: Signal<OtpOutcome | undefined>
  /** Whether the engine has stopped answering. */
  readonly silent: Signal<boolean>
  /** Whether it is replaced before it expires, until it is used. */
  readonly keeps: Signal<boolean>
}

/** Notes what became of a credential, and forgets its secret. The first outcome stays. */
export function end(credential: Credential, outcome: OtpOutcome): void {
  credential.secret.value = undefined
  credential.outcome.value ??= outcome
}
