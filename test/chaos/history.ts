import type { Outcome } from './asked.ts'

/** One request about a thing, from when it was sent to when the driver knew its outcome, by the monotonic clock. */
export interface Attempt {
  readonly began: number
  ended: number
  /** `unknown` as long as it has not ended. */
  outcome: Outcome
}

/** A password that was handed out, and all that the driver has done with it. */
export interface Password {
  readonly otp: string
  readonly lease: string
  readonly attempts: Attempt[]
  /** Of its lease. */
  revocation?: Attempt
}

/** A certificate or a token: valid until it is revoked. */
export interface Revocable {
  /** Path where it can be read, and how that request is authenticated. */
  readonly path: string
  readonly token?: string
  revocation?: Attempt
}

/** Something that one client writes, and that holds one number; 0 while it is not there. */
export interface Register {
  readonly path: string
  /** As of the last write that was answered. */
  acknowledged: number
  /** Values of writes without an answer, any of which may still take effect. */
  readonly pending: number[]
}

/** What must not be. `lost` is an acknowledged change that is not there, revocations among them. */
export interface Finding {
  readonly kind: 'lost' | 'spent twice' | 'other'
  readonly what: string
}

/** Whether a revocation or an attempt may have had an effect before `moment`. */
const mayHaveHappened = (attempt: Attempt | undefined, moment: number): boolean =>
  attempt !== undefined &&
  attempt.began < moment &&
  (attempt.outcome === 'done' || attempt.outcome === 'unknown')

/**
 * Judges what was answered about one password, in whatever order attempts overlapped.
 * @param isTakenBack whether a request could see a commit that only a primary had, and that was lost with it: then a password may be refused
 *   as used up after a request without an answer, and be valid later
 */
export function judgePassword(
  { attempts, revocation }: Password,
  isTakenBack = false,
): readonly Finding[] {
  const done = attempts.filter(({ outcome }) => outcome === 'done')
  const refused = attempts.filter(({ outcome }) => outcome === 'refused')
  const findings: Finding[] = []
  if (done.length > 1) findings.push(spentTwice('it was redeemed more than once'))
  if (!isTakenBack && done.some(({ began }) => refused.some(({ ended }) => ended < began)))
    findings.push(spentTwice('it was refused as used up, and redeemed later'))
  const isUnexplained = ({ ended }: Attempt) =>
    ![...attempts, revocation].some(other => mayHaveHappened(other, ended))
  if (refused.some(isUnexplained)) findings.push(lost('it was handed out, and is not known'))
  if (revocation?.outcome === 'done' && done.some(({ began }) => began > revocation.ended))
    findings.push(lost('its revocation: it was redeemed afterwards'))
  return findings
}

/** Judges whether a certificate or token that is valid now, or is not, should be. */
export function judgeRevocable({ revocation }: Revocable, isValid: boolean): readonly Finding[] {
  if (isValid) return revocation?.outcome === 'done' ? [lost('its revocation: it is valid')] : []
  return mayHaveHappened(revocation, Number.POSITIVE_INFINITY) ? [] : [lost('it is not valid')]
}

/** Judges a value that was read when no write was under way, but those whose answer did not come. */
export function judgeRegister(
  { acknowledged, pending }: Register,
  value: number,
): readonly Finding[] {
  if (value === acknowledged || pending.includes(value)) return []
  return [lost(`${acknowledged} was written, ${value} was read`)]
}

const lost = (what: string): Finding => ({ kind: 'lost', what })
const spentTwice = (what: string): Finding => ({ kind: 'spent twice', what })
